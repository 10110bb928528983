//! Which returns have a number, be it theirs, their order's, their parcel's or their bill's.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AnswerError, Inquiry, NO_NUMBER};
use crate::journal::{State, sought};
use crate::lang::Text;
use crate::store::{Found, Life, Store, StoreError};

/// By which numbers a return is found.
pub(crate) const NUMBERS: Text = Text::new(
    "可查退换单号、原始单号、平台退款单号、系统订单号、物流单号、单据编号、内码",
    "a return is found by its own number, those of its orders and its parcel, by bill number and by FID",
);

/// How many returns of one number are listed.
const MOST: usize = 50;

#[derive(Debug, Serialize)]
pub(crate) struct FindAnswer {
    /// What was asked for.
    text: String,
    /// What was looked for.
    number: String,
    pub(crate) matches: Vec<Match>,
    pub(crate) has_more: bool,
    /// The same as they were found.
    #[serde(skip)]
    pub(crate) found: Vec<Found>,
}

/// One return.
#[derive(Debug, Serialize)]
pub(crate) struct Match {
    pipeline: String,
    refund_no: String,
    state: State,
    by: &'static str,
    number: String,
    shop_no: String,
    shop_name: Option<String>,
    date: Option<String>,
    amount: Option<rust_decimal::Decimal>,
    cause: Option<String>,
    bill_no: Option<String>,
    fid: Option<String>,
    #[serde(serialize_with = "serde_with::As::<Option<serde_with::DisplayFromStr>>::serialize")]
    not_in_scope: Option<Text>,
}

impl FindAnswer {
    /// What is said where nothing is found.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    fn nothing(&self) -> Option<Text> {
        let text = &self.text;
        self.matches.is_empty().then(|| {
            Text::of(
                format!("没有找到 {text}：不在已读的时间窗口内，或不属于该账号；可查退换单号、原始单号、平台退款单号、系统订单号、物流单号、单据编号、内码"),
                format!("nothing is known of {text}: not in any window so far, or not of this account"),
            )
        })
    }

    /// The same as an error.
    #[cfg(any(feature = "serve", feature = "mcp"))]
    pub(crate) fn known(self) -> Result<Self, AnswerError> {
        self.nothing().map_or(Ok(self), |nothing| Err(AnswerError::Unknown(nothing)))
    }
}

impl Inquiry<'_> {
    /// The returns of which a number begins so, `most` of them.
    pub(crate) async fn find(&self, text: &str, most: usize) -> Result<FindAnswer, AnswerError> {
        let Some(number) = sought(text) else {
            return Err(AnswerError::Question(NO_NUMBER));
        };
        let mut found = match self.store {
            None => Vec::new(),
            Some(store) => store.find(&number, most + 1).await?,
        };
        let has_more = found.len() > most;
        found.truncate(most);
        let matches = found.iter().map(|found| self.match_of(found)).collect();
        Ok(FindAnswer { text: text.to_owned(), number, matches, has_more, found })
    }

    /// Why one that was found is left out, if it is.
    pub(crate) fn why_not(&self, found: &Found) -> Option<Text> {
        let row = &found.row;
        self.not_in_scope(&row.pipeline, row.state, (row.kind, row.process_status, &row.shop_no))
    }

    fn match_of(&self, found: &Found) -> Match {
        let row = &found.row;
        Match {
            pipeline: row.pipeline.clone(),
            refund_no: row.refund_no.clone(),
            state: row.state,
            by: found.by.as_str(),
            number: found.number.clone(),
            shop_no: row.shop_no.clone(),
            shop_name: row.shop_name.clone(),
            date: row.date.map(|date| date.to_string()),
            amount: row.amount,
            cause: (row.state == State::Parked).then(|| row.cause.clone()),
            bill_no: row.bill_no.clone(),
            fid: row.fid.clone(),
            not_in_scope: self.why_not(found),
        }
    }
}

/// A whole number goes before one that only begins so.
pub(super) async fn look_up(store: &dyn Store, text: &str) -> Result<(Vec<Life>, Vec<Found>), StoreError> {
    let lives = store.life(text).await?;
    let Some(number) = sought(text).filter(|_| lives.is_empty()) else { return Ok((lives, Vec::new())) };
    let mut found = store.find(&number, MOST).await?;
    if found.iter().any(|found| found.number.to_uppercase() == number) {
        found.retain(|found| found.number.to_uppercase() == number);
    }
    let numbers: BTreeSet<&str> = found.iter().map(|found| found.row.refund_no.as_str()).collect();
    match numbers.first().filter(|_| numbers.len() == 1) {
        Some(refund_no) => Ok((store.life(refund_no).await?, Vec::new())),
        None => Ok((Vec::new(), found)),
    }
}
