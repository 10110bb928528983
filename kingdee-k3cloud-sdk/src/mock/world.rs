//! What the simulated site remembers: bills, sessions, counts, and its dice.
//! What happens to them is in `save`, `state` and `auth`.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::bill::StoredBill;
use super::faults::{Fault, Faults};
use super::file::StoredFile;
use super::handler::Handlers;
use super::seen::Arrivals;
use super::settings::Rights;

pub(super) struct World {
    pub(super) bills: Bills,
    /// Session ids and when each was last used.
    pub(super) sessions: BTreeMap<String, DateTime<Utc>>,
    /// The session that signed calls without one were last given.
    pub(super) signed_session: Option<String>,
    /// Makes session ids, apart from everything that is drawn.
    pub(super) session_ids: Random,
    /// What clients may do and see, as long as a test does not change it.
    pub(super) rights: Rights,
    /// Files that were uploaded, in part or whole.
    pub(super) files: Vec<StoredFile>,
    /// Saves that were begun, and their results.
    pub(super) tasks: BTreeMap<String, Option<String>>,
    /// Refused logins of late.
    pub(super) refusals: Vec<DateTime<Utc>>,
    /// Whether and how the next calls fail, before anything is drawn.
    pub(super) planned: VecDeque<Option<Fault>>,
    pub(super) counts: Counts,
    pub(super) arrivals: Arrivals,
    pub(super) handlers: Handlers,
    /// Base data that was forbidden or enabled, by form in lower case and number: whether it is forbidden now.
    pub(super) forbidden: BTreeMap<(String, String), bool>,
    /// How many numbers of a form the site has given.
    pub(super) given: BTreeMap<String, u64>,
    pub(super) random: Random,
    pub(super) faults: Faults,
}

/// What has arrived at a site.
///
/// ```
/// use kingdee_k3cloud_sdk::mock::Site;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let site = Site::builder().build();
/// site.client()?.ping().await?;
/// assert_eq!(site.counts().calls["ExecuteBillQuery"], 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Requests of any kind.
    pub arrivals: u64,
    /// Requests that could be read, by service.
    pub calls: BTreeMap<String, u64>,
    /// How often each number arrived in a save.
    pub saves: BTreeMap<String, u64>,
    /// What took effect, by service: bills saved, changed, moved, deleted.
    pub effects: BTreeMap<String, u64>,
    /// Logins that succeeded.
    pub logins: u64,
    /// Logins that were refused.
    pub refused_logins: u64,
    /// Faults that were drawn, by name.
    pub faults: BTreeMap<&'static str, u64>,
    /// Keys of saved Models that their form does not have, such as `FEntity.FTaxprise`: the real site drops them in
    /// silence and says that the save went well.
    pub dropped: BTreeMap<String, u64>,
}

impl Counts {
    pub(super) fn effect(&mut self, service: &str) {
        *self.effects.entry(service.to_owned()).or_default() += 1;
    }
}

impl World {
    /// Whether somebody has forbidden this base data; `None`: nobody has touched it.
    pub(super) fn forbids(&self, form: &str, number: &str) -> Option<bool> {
        self.forbidden.get(&(form.to_ascii_lowercase(), number.to_owned())).copied()
    }

    pub(super) fn new(seed: u64, faults: Faults, rights: Rights) -> Self {
        Self {
            bills: Bills { next_id: 100_001, ..Bills::default() },
            sessions: BTreeMap::new(),
            signed_session: None,
            session_ids: Random::of(!seed),
            rights,
            files: Vec::new(),
            tasks: BTreeMap::new(),
            refusals: Vec::new(),
            planned: VecDeque::new(),
            counts: Counts::default(),
            arrivals: Arrivals::default(),
            handlers: Handlers::default(),
            forbidden: BTreeMap::new(),
            given: BTreeMap::new(),
            random: Random::of(seed),
            faults,
        }
    }
}

/// Bills by id, with indexes by number and by FThirdBillNo that allow doubles: the site's uniqueness check lags.
#[derive(Default)]
pub(super) struct Bills {
    next_id: u64,
    next_line_id: u64,
    by_id: BTreeMap<u64, StoredBill>,
    by_number: BTreeMap<String, Vec<u64>>,
    by_mark: BTreeMap<String, Vec<u64>>,
}

impl Bills {
    pub(super) fn iter(&self) -> impl Iterator<Item = &StoredBill> {
        self.by_id.values()
    }

    pub(super) fn get(&self, id: u64) -> Option<&StoredBill> {
        self.by_id.get(&id)
    }

    pub(super) fn numbered(&self, number: &str) -> impl Iterator<Item = &StoredBill> {
        self.ids(number).iter().filter_map(|id| self.by_id.get(id))
    }

    pub(super) fn marked(&self, third_bill_no: &str) -> impl Iterator<Item = &StoredBill> {
        self.by_mark.get(third_bill_no).into_iter().flatten().filter_map(|id| self.by_id.get(id))
    }

    /// Whether a bill of this form has the number: 编码唯一 is a rule of one form.
    pub(super) fn contains(&self, form: &str, number: &str) -> bool {
        self.numbered(number).any(|bill| bill.form_id.eq_ignore_ascii_case(form))
    }

    /// Changes one bill.
    pub(super) fn change(&mut self, id: u64, change: impl FnOnce(&mut StoredBill)) {
        if let Some(mut bill) = self.by_id.get(&id).cloned() {
            change(&mut bill);
            self.insert(bill);
        }
    }

    /// Removes one bill.
    pub(super) fn delete(&mut self, id: u64) {
        self.forget(id);
    }

    pub(super) fn insert(&mut self, mut bill: StoredBill) -> u64 {
        if bill.id == 0 {
            bill.id = self.next_id;
        }
        let id = bill.id;
        self.next_id = self.next_id.max(id + 1);
        for line in &mut bill.lines {
            if line.id == 0 {
                self.next_line_id += 1;
                line.id = self.next_line_id;
            }
            self.next_line_id = self.next_line_id.max(line.id);
        }
        self.forget(id);
        self.by_number.entry(bill.number.clone()).or_default().push(id);
        if !bill.third_bill_no.is_empty() {
            self.by_mark.entry(bill.third_bill_no.clone()).or_default().push(id);
        }
        self.by_id.insert(id, bill);
        id
    }

    /// Changes the bills with this number, of every form or of one.
    pub(super) fn edit(
        &mut self,
        form: Option<&str>,
        number: &str,
        mut change: impl FnMut(&mut StoredBill),
    ) -> bool {
        let ids = self.ids_in(form, number);
        for id in &ids {
            if let Some(mut bill) = self.by_id.get(id).cloned() {
                change(&mut bill);
                self.insert(bill);
            }
        }
        !ids.is_empty()
    }

    pub(super) fn remove(&mut self, form: Option<&str>, number: &str) -> bool {
        let ids = self.ids_in(form, number);
        for id in &ids {
            self.forget(*id);
        }
        !ids.is_empty()
    }

    fn ids_in(&self, form: Option<&str>, number: &str) -> Vec<u64> {
        let bills = self.numbered(number);
        let bills = bills.filter(|bill| form.is_none_or(|form| bill.form_id.eq_ignore_ascii_case(form)));
        bills.map(|bill| bill.id).collect()
    }

    fn ids(&self, number: &str) -> &[u64] {
        self.by_number.get(number).map_or(&[], Vec::as_slice)
    }

    fn forget(&mut self, id: u64) {
        let Some(bill) = self.by_id.remove(&id) else { return };
        let places = [(&mut self.by_number, &bill.number), (&mut self.by_mark, &bill.third_bill_no)];
        for (index, key) in places {
            if let Some(ids) = index.get_mut(key) {
                ids.retain(|other| *other != id);
            }
        }
    }
}

/// SplitMix64: small, and the same everywhere for the same seed.
pub(super) struct Random(u64);

impl Random {
    /// Dice of their own.
    pub(super) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    #[allow(clippy::cast_precision_loss, reason = "53 bits are taken, and an f64 holds 53")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let pick = usize::try_from(self.next() % (last as u64 + 1)).unwrap_or(0);
            items.swap(last, pick);
        }
    }
}
