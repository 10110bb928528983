//! The person who works in 金蝶 by hand: types bills before we come, voids and removes bills behind our back.
//! What was done is kept, because the oracle must not blame the worker for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kingdee_k3cloud_sdk::mock::{Site, StoredBill, StoredLine};
use rust_decimal::Decimal;
use wdt_qimen_sdk::mock::MockRefund;

use crate::climate::Climate;
use crate::record::Record;
use crate::rng::Rng;
use crate::shop::figure;
use crate::{customer, stock};

/// What was done by hand under one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Typed in before anything was read, with the return's own content.
    Typed,
    /// The same with other content.
    TypedOtherwise,
    /// Typed in, and voided at once.
    TypedVoid,
    /// Our bill, voided.
    Voided,
    /// Our bill, removed.
    Removed,
}

/// Deeds by number, each with its time.
pub(crate) type Deeds = BTreeMap<String, (Duration, Deed)>;

/// The person.
#[derive(Debug)]
pub(crate) struct Clerk {
    record: Record,
    site: Site,
    rng: Rng,
    deeds: Arc<Mutex<Deeds>>,
    hours: Vec<Duration>,
}

impl Clerk {
    /// Types what is typed in advance, and plans the rest.
    pub(crate) fn employ(climate: &Climate, record: &Record, site: &Site, finished: &[MockRefund]) -> Self {
        let mut rng = Rng::of(climate.seed, "clerk");
        let deeds = Arc::<Mutex<Deeds>>::default();
        let mut hours: Vec<_> =
            (0..climate.hands).map(|_| rng.between(Duration::from_secs(30), climate.span)).collect();
        hours.sort_unstable();
        let single = finished.iter().filter_map(|row| typed(row).map(|bill| (row.refund_no(), bill)));
        for (number, bill) in single.take(usize::try_from(climate.hands).unwrap_or(0)) {
            let deed = rng.pick(&[Deed::Typed, Deed::TypedOtherwise, Deed::TypedVoid]);
            site.insert(match deed {
                Deed::TypedOtherwise => otherwise(bill),
                Deed::TypedVoid => StoredBill { cancelled: true, ..bill },
                _ => bill,
            });
            record.note(format_args!("clerk {number} {deed:?}"));
            lock(&deeds).insert(number, (Duration::ZERO, deed));
        }
        Self { record: record.clone(), site: site.clone(), rng, deeds, hours }
    }

    /// What has been done so far.
    pub(crate) fn deeds(&self) -> Arc<Mutex<Deeds>> {
        Arc::clone(&self.deeds)
    }

    /// Goes to work.
    pub(crate) async fn work(mut self) {
        for hour in std::mem::take(&mut self.hours) {
            tokio::time::sleep_until(self.record.instant(hour)).await;
            self.act(hour);
        }
    }

    /// Voids or removes a bill that nobody has touched, most often the newest: its call may still be running.
    fn act(&mut self, at: Duration) {
        let bills = self.site.bills();
        let mut deeds = lock(&self.deeds);
        let free: Vec<&StoredBill> = bills.iter().filter(|bill| !deeds.contains_key(&bill.number)).collect();
        let Some(newest) = free.last() else { return };
        let number = if self.rng.chance(700) { newest } else { self.rng.pick(&free) }.number.clone();
        let deed = self.rng.pick(&[Deed::Voided, Deed::Removed]);
        if deed == Deed::Voided {
            self.site.void(&number)
        } else {
            self.site.remove(&number)
        };
        self.record.note(format_args!("clerk {number} {deed:?}"));
        deeds.insert(number, (at, deed));
    }
}

fn lock(deeds: &Mutex<Deeds>) -> std::sync::MutexGuard<'_, Deeds> {
    deeds.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The bill of a return with one line, as a person would type it.
pub(crate) fn typed(row: &MockRefund) -> Option<StoredBill> {
    let lines = row.0.get("refund_order_list")?.as_array()?;
    let [line] = lines.as_slice() else { return None };
    let (qty, amount) = (figure(&line["refund_num"])?, figure(&line["refund_order_amount"])?);
    let line = StoredLine {
        material: line["spec_no"].as_str()?.to_owned(),
        qty,
        tax_price: amount.checked_div(qty)?,
        all_amount: amount,
        is_free: amount.is_zero(),
        stock: stock(&row.text("warehouse_no")),
        ..StoredLine::default()
    };
    Some(StoredBill {
        form_id: "SAL_RETURNSTOCK".to_owned(),
        number: row.refund_no(),
        customer: customer(&row.text("shop_no")),
        date: row.modified()?.date(),
        sale_org: "100".to_owned(),
        stock_org: "100".to_owned(),
        all_amount: amount,
        lines: vec![line],
        ..StoredBill::default()
    })
}

fn otherwise(mut bill: StoredBill) -> StoredBill {
    bill.lines[0].qty += Decimal::ONE;
    bill
}
