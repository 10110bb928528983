//! Beside a running holder: what a command leaves in the journal for it, and following what becomes of that.

use std::time::Duration;

use super::context::{Context, Exit};
use super::open;
use crate::lang::told;
use crate::store::{Store, holder_text};

/// How long a request is followed before the command gives up watching; the request itself stays.
const FOLLOW: Duration = Duration::from_mins(1);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// Follows one request until it was answered, and gives the answer.
pub(super) async fn answer(
    context: &mut Context,
    store: &dyn Store,
    request: i64,
    holder: &str,
) -> Result<String, Exit> {
    let holder = holder_text(holder);
    let give_up = tokio::time::Instant::now() + FOLLOW;
    loop {
        match store.request_answer(request).await {
            Ok(Some(answer)) => return Ok(answer),
            Ok(None) if tokio::time::Instant::now() < give_up => tokio::time::sleep(LOOK).await,
            Ok(None) => {
                context.out.error(told!(
                    "{holder} 尚未处理，请求已保留，下次运行时处理。",
                    "{holder} has not taken it up yet; the request stays in the journal and is done by the next run."
                ));
                return Err(Exit::Failed);
            }
            Err(error) => return Err(open::complain(context, &error)),
        }
    }
}

/// Follows requests until each was answered; tells, and says, how many documents they moved.
pub(super) async fn follow(
    context: &mut Context,
    store: &dyn Store,
    requests: &[i64],
    holder: &str,
) -> Result<u64, Exit> {
    let mut moved = 0;
    let name = holder_text(holder);
    context.out.line(told!("已交给正在运行的进程 {name}", "Left to {name}"));
    for &request in requests {
        let count = answer(context, store, request, holder).await?;
        context.out.line(told!("已重新排队：{count} 张", "Back on their way: {count}"));
        moved += count.parse::<u64>().unwrap_or_default();
    }
    Ok(moved)
}
