//! Forms (单据) as types, field order kept. A form of another project lives there, not here: it
//! implements [`Form`](crate::Form). How forms are sent is in `service`.

pub mod base;
pub mod base_data;
pub mod business_info;
pub(crate) mod dyn_form;
pub(crate) mod form;
pub mod return_stock;
