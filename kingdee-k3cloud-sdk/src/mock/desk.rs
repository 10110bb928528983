//! What a test does at the simulated site behind the clients' backs: bills and base data typed in, changed, taken away.
//! What calls do is in `site`.

use super::bill::StoredBill;
use super::file::StoredFile;
use super::settings::text_of;
use super::site::Site;

impl Site {
    /// Every bill, in the order of their ids.
    pub fn bills(&self) -> Vec<StoredBill> {
        self.world().bills.iter().cloned().collect()
    }

    /// Every file that was uploaded, those without their last piece among them.
    pub fn files(&self) -> Vec<StoredFile> {
        self.world().files.clone()
    }

    /// Changes the bills with this number, of whatever form, behind the clients' backs; tells whether there was one.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
    ///
    /// let site = Site::builder().build();
    /// site.insert(StoredBill { number: "TK1".to_owned(), ..StoredBill::default() });
    /// // Somebody audits it by hand:
    /// assert!(site.edit("TK1", |bill| bill.document_status = 'C'));
    /// assert!(!site.edit("TK2", |_| ()));
    /// ```
    pub fn edit(&self, number: &str, change: impl FnMut(&mut StoredBill)) -> bool {
        self.world().bills.edit(None, number, change)
    }

    /// Puts a bill there as if somebody had typed it in. An id of 0 is replaced by a new one.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
    ///
    /// let site = Site::builder().build();
    /// // Two bills under one number, as two calls at once can make them:
    /// for _ in 0..2 {
    ///     site.insert(StoredBill { number: "TK1".to_owned(), ..StoredBill::default() });
    /// }
    /// assert_eq!(site.bills().len(), 2);
    /// ```
    pub fn insert(&self, bill: StoredBill) -> u64 {
        self.world().bills.insert(bill)
    }

    /// Voids (作废) the bills with this number, of whatever form; they keep holding it.
    pub fn void(&self, number: &str) -> bool {
        self.edit(number, |bill| bill.cancelled = true)
    }

    /// Removes the bills with this number, of whatever form.
    pub fn remove(&self, number: &str) -> bool {
        self.world().bills.remove(None, number)
    }

    /// Changes the bills of a form with this number, and no other form's; tells whether there was one. Base data of a form
    /// that the site does not know by heart is kept as a bill; that of the others is changed by
    /// [`set_base_field`](Self::set_base_field).
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::{Site, StoredBill};
    ///
    /// let site = Site::builder().build();
    /// for form in ["SAL_OUTSTOCK", "SAL_RETURNSTOCK"] {
    ///     site.insert(StoredBill { form_id: form.to_owned(), number: "N1".to_owned(), ..StoredBill::default() });
    /// }
    /// assert!(site.edit_in("SAL_OUTSTOCK", "N1", |bill| bill.document_status = 'C'));
    /// assert!(site.void_in("SAL_OUTSTOCK", "N1") && site.remove_in("SAL_RETURNSTOCK", "N1"));
    /// assert_eq!((site.bills().len(), site.bills()[0].cancelled), (1, true));
    /// ```
    pub fn edit_in(&self, form: &str, number: &str, change: impl FnMut(&mut StoredBill)) -> bool {
        self.world().bills.edit(Some(form), number, change)
    }

    /// Voids the bills of a form with this number; they keep holding it.
    pub fn void_in(&self, form: &str, number: &str) -> bool {
        self.edit_in(form, number, |bill| bill.cancelled = true)
    }

    /// Removes the bills, or the base data, of a form with this number; tells whether there was one.
    pub fn remove_in(&self, form: &str, number: &str) -> bool {
        let of_base =
            self.shared.change(|settings| settings.known_of(form).map(|known| known.remove(number)));
        of_base.unwrap_or_else(|| self.world().bills.remove(Some(form), number))
    }

    /// Base data of any form that is there from now on, as [`SiteBuilder::base_data`](super::SiteBuilder::base_data) describes
    /// it; a number that is there is replaced.
    ///
    /// ```
    /// use kingdee_k3cloud_sdk::mock::Site;
    /// use serde_json::json;
    ///
    /// let site = Site::builder().materials(["M001"]).build();
    /// site.put_base_data("BD_MATERIAL", [json!({ "FNumber": "M002", "FName": "杯子" })]);
    /// assert!(site.set_base_field("BD_MATERIAL", "M002", "FForbidStatus", "B"));
    /// assert!(site.remove_in("BD_MATERIAL", "M001") && !site.remove_in("BD_MATERIAL", "M001"));
    /// ```
    pub fn put_base_data(&self, form: &str, rows: impl IntoIterator<Item = serde_json::Value>) {
        for row in rows {
            let number = row.get("FNumber").map(text_of).unwrap_or_default();
            if self.shared.change(|settings| settings.put_base(form, &number, &row)).is_none() {
                self.shared.change(|settings| settings.forms.insert(form.to_owned()));
                let mut world = self.world();
                world.bills.remove(Some(form), &number);
                let form_id = form.to_owned();
                let (document_status, model) = ('C', row.to_string());
                world.bills.insert(StoredBill {
                    form_id,
                    number,
                    document_status,
                    model,
                    ..StoredBill::default()
                });
            }
        }
    }

    /// One field of one number of base data from now on, as [`SiteBuilder::base_field`](super::SiteBuilder::base_field)
    /// describes it; tells whether there is such a number.
    pub fn set_base_field(&self, form: &str, number: &str, key: &str, value: &str) -> bool {
        let of_base = self.shared.change(|settings| {
            let exists = settings.known_of(form)?.has(number);
            if exists {
                settings.put_base_field(form, number, key, value.to_owned());
            }
            Some(exists)
        });
        of_base.unwrap_or_else(|| {
            self.edit_in(form, number, |bill| {
                let mut model: serde_json::Value =
                    serde_json::from_str(&bill.model).unwrap_or_else(|_| serde_json::json!({}));
                model[key] = serde_json::Value::from(value);
                bill.model = model.to_string();
            })
        })
    }
}
