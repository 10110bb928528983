//! Working by the clock for as long as the process lives: which pipelines this process may work (`standby`), when they run
//! (`scheduler`), what they show (`board`), and who is told: people (`alert`), Prometheus (`metrics`), browsers (`web`).

pub mod alert;
mod board;
mod deliveries;
mod drain;
mod filling;
mod heartbeat;
mod journal_link;
pub mod metrics;
mod reconciler;
mod reconciliation;
mod scheduler;
pub mod sd_notify;
mod sharing;
#[cfg(feature = "postgres")]
mod spread;
mod standby;
mod supervisor;
mod tables;
pub mod web;

pub use board::{Ending, Running, StatusBoard, View};
pub use deliveries::{Deliveries, Delivery};
pub use filling::Filling;
pub use heartbeat::Pulses;
pub(crate) use journal_link::keep as keep_link;
pub use reconciliation::{ReconcileFiles, Reconciliation};
pub(crate) use standby::{OpenJournals, Standbys, take};
pub use supervisor::Supervisor;
pub use tables::Rereading;
