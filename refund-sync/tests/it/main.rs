//! refund-sync as a specification: one binary, one module a part.

mod mapping;
