//! The journal in PostgreSQL: who may write, what its refusals say, several workers on one database.
//! What it has in common with SQLite is in `store::conformance`.

pub(crate) mod cluster;
mod commands;
mod link;
mod long;
mod pooler;
mod refusals;
mod residents;
mod rights;
mod sharing;
mod workers;
