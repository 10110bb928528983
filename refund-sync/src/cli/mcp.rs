//! `mcp`: answers an operator's assistant over standard input and output, until the assistant is gone. What it tells is in
//! `crate::mcp`.

use super::context::{Context, Exit};
use super::open;
use crate::config;
use crate::mcp;

pub(super) async fn run(context: &mut Context) -> Exit {
    let loaded = match config::load_to_read(&context.config, open::environment()) {
        Ok(loaded) => loaded,
        Err(faults) => {
            context.out.errors(faults.to_string());
            return Exit::Configuration;
        }
    };
    let served = mcp::serve(loaded.config, tokio::io::stdin(), tokio::io::stdout());
    // The protocol's own state is large.
    match Box::pin(served).await {
        Ok(()) => Exit::Done,
        Err(error) => open::failed(context, error.to_string()),
    }
}
