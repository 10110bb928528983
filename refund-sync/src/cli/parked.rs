//! `parked`: what waits for a person, grouped by cause, each with what to do.

use super::context::{Context, Exit};
use super::open;

pub(super) async fn run(json: bool, context: &mut Context) -> Exit {
    let store = match open::to_read(context).await {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let parked = match &store {
        None => Vec::new(),
        Some(store) => match store.parked().await {
            Ok(parked) => parked,
            Err(error) => return open::complain(context, &error),
        },
    };
    if json {
        context.out.json(&serde_json::json!({ "parked": parked }));
    } else {
        let mut cause = "";
        for document in &parked {
            if document.cause != cause {
                let count = parked.iter().filter(|other| other.cause == document.cause).count();
                context.out.line(format!("{} ({count})", document.cause));
                cause = &document.cause;
            }
            context.out.line(format!("  {} · {} · {}", document.refund_no, document.shop_no, document.since));
            for reason in &document.reasons {
                context.out.line(format!("    {}", reason.message));
                context.out.line(format!("    → {}", reason.remedy));
            }
        }
        if parked.is_empty() {
            context.out.line("没有需要人工处理的退换单。Nothing waits for a person.");
        } else {
            context.out.line("处理后 When mended: refund-sync retry <refund_no>… | --all");
        }
    }
    if parked.is_empty() { Exit::Done } else { Exit::NeedsPerson }
}
