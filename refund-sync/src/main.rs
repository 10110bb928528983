//! The binary: parse, run, exit code. Everything else is the library's.

use std::process::ExitCode;

fn main() -> ExitCode {
    refund_sync::cli::main()
}
