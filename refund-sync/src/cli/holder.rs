//! Beside a running holder: what a command leaves in the journal for it, and following what becomes of that.

use std::time::Duration;

use super::context::{Context, Exit};
use super::open;
use crate::store::Store;

/// How long a request is followed before the command gives up watching; the request itself stays.
const FOLLOW: Duration = Duration::from_mins(1);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(200);

/// Follows requests until each was answered; tells how many documents they moved.
pub(super) async fn follow(
    context: &mut Context,
    store: &dyn Store,
    requests: &[i64],
    holder: &str,
) -> Result<(), Exit> {
    context.out.line(format!("已交给正在运行的进程 Left to {holder}"));
    let give_up = tokio::time::Instant::now() + FOLLOW;
    for &request in requests {
        loop {
            match store.request_answer(request).await {
                Ok(Some(count)) => {
                    context.out.line(format!("已重新排队 Back on their way: {count}"));
                    break;
                }
                Ok(None) if tokio::time::Instant::now() < give_up => tokio::time::sleep(LOOK).await,
                Ok(None) => {
                    context.out.error("尚未处理，请求已保留。Not taken up yet; the request stays in the journal and is done by the next run.");
                    return Err(Exit::Failed);
                }
                Err(error) => return Err(open::complain(context, &error)),
            }
        }
    }
    Ok(())
}
