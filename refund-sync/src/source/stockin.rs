//! 销售退货入库单 of 旺店通, without its people: pages of a span, and those of one return.
//! What is read when is `worker::reader::stockins`'; how they reach their return is the journal's.

use serde::Deserialize;
#[cfg(feature = "tools")]
use wdt_qimen_sdk::method::refund::Refund;
use wdt_qimen_sdk::method::stockin_refund::{
    StockinRefund, StockinRefundDetail, StockinRefundParams, StockinRefundQuery,
};
use wdt_qimen_sdk::{Error, PageAsk, RowError, Span};

#[cfg(feature = "tools")]
use super::taking;
use super::taking::{Trim, number};
use super::{List, Source, SourcePage};
use crate::config::Enrich;
#[cfg(feature = "tools")]
use crate::config::Wdt;
use crate::mapping::clean::is_refused;
#[cfg(feature = "tools")]
use crate::model::Return;
use crate::model::{Arrival, Stockin, StockinRow};
use crate::text::{is_hidden, shown};

/// 入库单状态 80 已完成: counted, checked, in stock.
const DONE: i32 = 80;
/// `stock_type` 2 残品.
const DEFECTIVE: i32 = 2;

impl Source {
    /// The stock-ins that belong to the returns of this source, if they are wanted.
    pub fn stockins(&self) -> Option<Self> {
        (self.settings.enrich == Enrich::Stockin && self.list == List::Returns)
            .then(|| Self { list: List::Stockins, ..self.clone() })
    }

    /// The stock-ins of one return.
    pub async fn stockins_of(&self, refund_no: &str) -> Result<SourcePage, Error> {
        let params = StockinRefundParams::builder().src_order_no(refund_no).status(DONE).build();
        self.ask_stockins(&params, 0).await
    }

    pub(super) async fn stockin_page(&self, span: Span, page_no: u32) -> Result<SourcePage, Error> {
        // The method takes one shop; of several all are asked for and sorted here.
        let mut shops = self.settings.shop_nos.iter();
        let only = shops.next().filter(|_| shops.next().is_none());
        let params =
            StockinRefundParams::builder().span(span).status(DONE).maybe_shop_no(only.cloned()).build();
        self.ask_stockins(&params, page_no).await
    }

    async fn ask_stockins(&self, params: &StockinRefundParams, page_no: u32) -> Result<SourcePage, Error> {
        let ask = PageAsk::new(page_no, self.page_size());
        let page = self.client.page::<StockinRefundQuery>(params, ask).await?;
        let keys = page.rows_at::<StockinRefundQuery>().collect();
        let stockins = page.rows.iter().filter_map(|row| self.classify_stockin(row.as_ref())).collect();
        Ok(SourcePage {
            rows: Vec::new(),
            stockins,
            keys,
            total: page.total,
            asked_at: page.asked_at,
            server_time: page.server_time,
            calls: page.calls,
        })
    }

    /// The stock-in, unless it belongs to no return or to a shop that is not read.
    fn classify_stockin(&self, row: Result<&StockinRefund, &RowError>) -> Option<StockinRow> {
        let kept = match row {
            Ok(row) if !self.reads_shop(number(&row.shop_no)) => return None,
            Ok(row) => keep(row, self.settings.serials_key.as_deref()),
            Err(error) => unreadable(error),
        };
        (!kept.refund_no.is_empty()).then_some(kept)
    }
}

/// A return as the journal would keep it, with its stock-ins, by these settings: for what is looked at beside a run.
#[cfg(feature = "tools")]
pub fn kept(refund: &Refund, stockins: impl Iterator<Item = StockinRefund>, settings: &Wdt) -> Return {
    let mut kept = taking::keep(refund, &settings.free_texts);
    if settings.enrich == Enrich::Stockin {
        let key = settings.serials_key.as_deref();
        kept.stockins = stockins.map(|stockin| keep(&stockin, key).stockin).collect();
    }
    kept
}

fn keep(row: &StockinRefund, serials_key: Option<&str>) -> StockinRow {
    let mut trim = Trim::default();
    let warehouse_no = trim.number("warehouse_no", &row.warehouse_no);
    let arrivals =
        row.details_list.iter().map(|detail| keep_detail(detail, serials_key, &mut trim)).collect();
    StockinRow {
        refund_no: number(&row.src_order_no).to_owned(),
        modified: row.modified,
        warehouse_name: number(&row.warehouse_name).to_owned(),
        stockin: Stockin {
            stockin_no: number(&row.order_no).to_owned(),
            warehouse_no,
            stockin_time: row.stockin_time,
            check_time: row.check_time,
            faults: hidden(row).map(|(field, value)| unfit(field, value)).collect(),
            arrivals,
            trimmed: trim.noted(),
        },
    }
}

/// The numbers of a stock-in that hold a character which nobody sees or which begins a line.
fn hidden(row: &StockinRefund) -> impl Iterator<Item = (&'static str, &str)> {
    let of_head = [("order_no", row.order_no.as_str()), ("warehouse_no", row.warehouse_no.as_str())];
    let of_details = row
        .details_list
        .iter()
        .flat_map(|detail| [("spec_no", detail.spec_no.as_str()), ("batch_no", detail.batch_no.as_str())]);
    of_head.into_iter().chain(of_details).filter(|(_, value)| number(value).contains(is_hidden))
}

fn unfit(field: &str, value: &str) -> String {
    format!(
        "{field} \"{}\" has a line end, a control character or an invisible one in it",
        shown(number(value))
    )
}

fn keep_detail(detail: &StockinRefundDetail, serials_key: Option<&str>, trim: &mut Trim) -> Arrival {
    let marked = |mark: Option<i32>| mark.is_some_and(|mark| mark > 0);
    Arrival {
        order_id: detail
            .src_order_detail_id
            .filter(|id| *id != 0)
            .map(|id| id.to_string())
            .unwrap_or_default(),
        oid: number(&detail.oid).to_owned(),
        spec_no: trim.number("spec_no", &detail.spec_no),
        num: detail.num.or(detail.goods_count),
        batch_no: number(&detail.batch_no).to_owned(),
        produced: detail.production_date.map(|time| time.date()),
        expires: detail.expire_date.map(|time| time.date()),
        serials: serials_key.and_then(|key| detail.extra.get(key)).map(serials).unwrap_or_default(),
        defective: detail.stock_type.map_or(marked(detail.defect), |kind| kind == DEFECTIVE),
    }
}

/// 序列号 as a row names them: a list of texts, a list of objects that hold one each, or a text with marks between them. No
/// form is documented.
fn serials(json: &str) -> Vec<String> {
    use serde_json::Value;
    fn text(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Object(members) => {
                let is_named = |key: &str| ["sn", "serial_no", "sn_no"].contains(&key);
                members.iter().find(|(key, _)| is_named(key)).and_then(|(_, value)| text(value))
            }
            _ => None,
        }
    }
    let told: Vec<String> = match serde_json::from_str(json) {
        Ok(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Ok(value) => text(&value).into_iter().collect(),
        Err(_) => vec![json.to_owned()],
    };
    let apart = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '，' | '；' | '、');
    let each = told.iter().flat_map(|text| text.split(apart)).map(number);
    each.filter(|serial| !serial.is_empty() && !is_refused(serial)).map(str::to_owned).collect()
}

/// Of a broken row the return it belongs to, so that the return can say so.
fn unreadable(error: &RowError) -> StockinRow {
    let glimpse: Glimpse = serde_json::from_str(&error.raw).unwrap_or_default();
    StockinRow {
        refund_no: number(&glimpse.src_order_no).to_owned(),
        modified: error.modified,
        warehouse_name: String::new(),
        stockin: Stockin {
            stockin_no: glimpse.order_no,
            warehouse_no: String::new(),
            stockin_time: None,
            check_time: None,
            faults: error.faults.iter().map(ToString::to_string).collect(),
            arrivals: Vec::new(),
            trimmed: Vec::new(),
        },
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Glimpse {
    src_order_no: String,
    order_no: String,
}
