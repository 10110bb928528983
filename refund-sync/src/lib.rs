//! Finished sales returns of 旺店通企业版, written into 金蝶云星空 as 销售退货单.

pub mod bill;
pub mod config;
pub mod mapping;
pub mod refund;
