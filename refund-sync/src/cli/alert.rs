//! `alert test`: does a message arrive at every receiver?

use clap::Subcommand;

use super::context::{Context, Exit};
use super::open;
use crate::clock::Clock;
use crate::lang::told;
use crate::serve::alert;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// 向每个接收方发一条测试消息。
    ///
    /// Sends a test message to every receiver. Exit code 1 when one does not take it.
    Test,
}

pub(super) async fn run(Command::Test: Command, context: &mut Context) -> Exit {
    let config = match open::configuration(context) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    if config.alerts.is_empty() {
        context.out.line(told!(
            "没有配置 [[alert]]，写法见 refund-sync init。",
            "No [[alert]] is configured: refund-sync init shows how."
        ));
        return Exit::Configuration;
    }
    let tested = match alert::test(&config.alerts, &Clock::system()).await {
        Ok(tested) => tested,
        Err(error) => {
            context.out.error(told!("无法建立加密连接：{error}", "no usable TLS: {error}"));
            return Exit::Failed;
        }
    };
    let mut exit = Exit::Done;
    for (receiver, sent) in tested {
        match sent {
            Ok(()) => context.out.line(told!("{receiver}：已送达", "{receiver}: taken")),
            Err(failure) => {
                context.out.error(told!("{receiver}：未送达：{failure}", "{receiver}: not taken: {failure}"));
                exit = Exit::Failed;
            }
        }
    }
    exit
}
