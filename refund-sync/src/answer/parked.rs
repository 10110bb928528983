//! What waits for a person.

use serde::Serialize;

use super::Inquiry;
use crate::store::{ParkedDocument, StoreError};

#[derive(Debug, Serialize)]
pub(crate) struct ParkedAnswer {
    pub(crate) parked: Vec<ParkedDocument>,
    /// How many more there are, where not all were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<usize>,
}

impl Inquiry<'_> {
    /// Every parked return, by cause.
    pub(crate) async fn parked(&self) -> Result<ParkedAnswer, StoreError> {
        let mut parked = match self.store {
            None => Vec::new(),
            Some(store) => store.parked().await?,
        };
        for document in &mut parked {
            document.next_try = self.next_try(&document.pipeline, document.next_try.as_deref());
        }
        Ok(ParkedAnswer { parked, more: None })
    }

    /// The first of them.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    pub(crate) async fn first_parked(&self, most: usize) -> Result<ParkedAnswer, StoreError> {
        let mut all = self.parked().await?;
        all.more = Some(all.parked.len().saturating_sub(most));
        all.parked.truncate(most);
        Ok(all)
    }
}
