//! What every handler of the listener works with: the board, the journal, and who may do what.

use super::access::Access;
use super::journal::Journal;
use crate::serve::StatusBoard;

/// What every handler works with.
///
/// An order is a request in the journal ([`leave_request`](crate::store::Store::leave_request) with `Run` or `Retry`,
/// [`set_paused`](crate::store::Queries::set_paused)): the
/// task of the pipeline takes it up within a second, whichever process that is.
#[derive(Debug, Clone)]
pub struct AppState {
    /// What the pipelines show while they work. Its clock is everybody's.
    pub board: StatusBoard,
    /// The journal, to read and to leave orders in; never to work it.
    pub journal: Journal,
    /// Who may see and do what.
    pub access: Access,
}
