//! `schema`: the JSON Schema of the configuration, as the file beside the crate holds it.

use super::context::{Context, Exit};
use crate::config;

pub(super) fn run(context: &mut Context) -> Exit {
    context.out.json(&config::schema());
    Exit::Done
}
