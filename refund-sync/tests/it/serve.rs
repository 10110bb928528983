//! The resident program: schedules, supervision, what it tells machines, whom it tells what went wrong.

mod house;
mod schedule;
mod supervise;
