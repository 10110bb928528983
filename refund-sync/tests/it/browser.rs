//! The status page in a real browser: what a person sees and does there, on the binary with its simulators.
//! Without chromium and chromedriver these say so and prove nothing; under `CI=true` that is a failure.

mod desk;
mod driver;
mod visit;
