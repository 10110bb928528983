//! Who calls, and where. How it is proven is in `credentials`.

/// Who calls, and where.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) acct_id: String,
    pub(crate) username: String,
    pub(crate) lcid: u32,
    pub(crate) org_num: String,
}
