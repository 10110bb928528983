//! `mcp`: what an operator's assistant is told, by the protocol itself and by its official client. Without Python or a package
//! index the client's part says so and proves nothing; under `CI=true` that is a failure.

mod client;
mod protocol;

use crate::returns::{line, plain, with_lines};
use crate::scene::Scene;

/// What nobody may be told, and where it was planted.
const PLANTED: [&str; 4] = ["13912345678", "13512345678", "planted-nick", "孙小梅"];

/// A shop with a return in the books, one that needs attention and one that is left out, all of which tell of people; its
/// remark goes into the bill, because the configuration says so.
async fn scene() -> Scene {
    let mut filtered = plain("TK3");
    filtered.set("type", "4");
    let mut unmapped = with_lines("TK2", &[line("HAT", "1.0000", "5.0000")]);
    unmapped.set("shop_no", "S999");
    let rows = [plain("TK1"), unmapped, filtered].map(|mut row| {
        row.set("receiver_mobile", PLANTED[0]);
        row.set("buyer_nick", PLANTED[2]);
        row.set("remark", format!("{} 来电 {} 催退", PLANTED[3], PLANTED[1]));
        row
    });
    let scene = Scene::with(rows).await;
    scene.add("mapping", "head = { FHeadNote = \"{remark}\" }");
    scene.settle().exits(3);
    scene
}
