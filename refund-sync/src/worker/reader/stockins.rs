//! Reading 销售退货入库单: those of a window before its returns are journalled, by the same rule, and once by number
//! those that no window brought. What they do to their returns is `journal::join`'s.

use wdt_qimen_sdk::Span;

use super::list::Seen;
use super::{Reader, Trouble};
use crate::clock::shanghai;
use crate::source::{Source, SourcePage};
use crate::store::StockinCommit;

/// Returns looked up by number between two looks at the journal.
const LOOK_UPS: usize = 50;

impl Reader {
    /// Walks the stock-ins of a span that can only shrink, if this source wants any.
    pub(super) async fn read_stockins(&self, source: &Source, cold: Span) -> Result<Seen, Trouble> {
        let seen = self.read_list(source.stockins(), cold).await?;
        if seen.missing > 0 {
            tracing::warn!(
                pipeline = self.run.settings.name,
                window = %cold,
                missing = seen.missing,
                message_zh = "旺店通计入总数的入库单未全部返回",
                "旺店通 counts stock-ins that it does not deliver"
            );
        }
        Ok(seen)
    }

    /// The same where stock-ins may still appear: nothing is proven there, and nothing settles.
    pub(super) async fn read_hot_stockins(&self, source: &Source, hot: Span) -> Result<(), Trouble> {
        if let Some(stockins) = source.stockins() {
            self.walk_hot(&stockins, hot).await?;
        }
        Ok(())
    }

    /// Asks by number for the stock-ins of returns that have none in the journal: theirs may be older than the ledger.
    /// Once for each is enough: a later one brings a later `modified`, so that a window shows it.
    pub(super) async fn find_stockins(&self, source: &Source) -> Result<(), Trouble> {
        if source.stockins().is_none() {
            return Ok(());
        }
        loop {
            let missing = self.run.store.without_stockin(self.run.row.id, LOOK_UPS).await?;
            if missing.is_empty() {
                return Ok(());
            }
            for refund_no in missing {
                self.find_stockins_of(&refund_no).await?;
            }
        }
    }

    /// Asks for the stock-ins of one return. Says how many documents that moved.
    pub(in crate::worker) async fn find_stockins_of(&self, refund_no: &str) -> Result<u64, Trouble> {
        let page = match self.source.stockins_of(refund_no).await {
            Ok(page) => page,
            Err(error) if error.is_transient() => return Err(self.wdt_trouble(&error)),
            Err(error) => {
                // Whatever is wrong with every call stops the windows; this one may only be refused as a look-up.
                tracing::warn!(pipeline = self.run.settings.name, refund_no, error = %error,
                    message_zh = "旺店通拒绝按退换单查询入库单",
                    "旺店通 refuses to look up a stock-in by its return");
                let commit = StockinCommit::looked_up(refund_no, self.run.clock.steady());
                return self.commit_stockins(commit).await;
            }
        };
        self.learn_from(&page);
        let now = shanghai(page.asked_at);
        let commit = StockinCommit {
            rows: page.stockins,
            window: (now, now),
            ..StockinCommit::looked_up(refund_no, self.steadily(page.asked_at))
        };
        self.commit_stockins(commit).await
    }

    /// The stock-ins of a page.
    pub(super) async fn keep_stockins(&self, span: Span, page: &SourcePage) -> Result<(), Trouble> {
        let commit = StockinCommit {
            rows: page.stockins.clone(),
            looked_up: None,
            asked_at: page.asked_at,
            window: (span.start(), span.end()),
        };
        self.commit_stockins(commit).await.map(drop)
    }

    async fn commit_stockins(&self, commit: StockinCommit) -> Result<u64, Trouble> {
        let outcome = self.run.store.commit_stockins(self.run.origin(), commit).await?;
        for document in outcome.freed {
            self.run.tally().unpark(document);
        }
        self.run.news.notify_one();
        Ok(outcome.changed)
    }
}
