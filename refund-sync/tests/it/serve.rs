//! The resident program: schedules, supervision, what it tells machines, whom it tells what went wrong.

mod audit;
mod broken;
mod clock;
mod first_send;
pub(crate) mod house;
mod metrics;
mod month_end;
pub(crate) mod process;
mod schedule;
mod strangers;
mod supervise;
mod unattended;
mod watch;
