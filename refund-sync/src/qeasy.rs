//! A way over from 轻易云: its scheme, read and told field by field what becomes of it here, the configuration that it comes
//! to, and its bills beside ours. Pure: files are read and written by `cli::import_qeasy`, bills are made by `mapping`.

mod bill;
mod carry;
mod compare;
mod draft;
mod expression;
mod fault;
mod faults;
mod field;
mod foreign;
mod form;
mod interpret;
mod json;
mod looks;
mod names;
mod parts;
mod report;
mod sample;
mod scheme;
mod template;
mod written;

pub use carry::{Carry, Import, Outcome, Section};
pub use compare::{Compared, Ours, Verdict, compare};
pub use fault::Fault;
pub use json::{Node, read as read_json};
pub use report::{summary, told};
pub use sample::{Sample, to_json};
pub use scheme::{File, LARGEST, Reads, Scheme};
pub use written::{CONFIG, REPORT, Written, files};
