//! A land mutation, played over HTTP up to the point that a test is about. Without variations Rahim buys ten decimals
//! of plot 118 in khatian BRS-45-12 from Karim Sheikh: mouza Kalitola, circle Sadar, union Purbapara.

use serde_json::{Value, json};

use super::{Answer, Client};

/// How far a case is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// The court fee is demanded.
    Opened,
    CourtPaid,
    /// The form is saved and the papers are there; nothing is handed in yet.
    Prepared,
    /// Handed in: the notice fee is demanded.
    Submitted,
    /// The papers are to be checked.
    NoticePaid,
    Admitted,
    Reported,
    Surveyed,
    /// The records are reviewed; the order is to be made.
    Checked,
    /// The record fee (DCR) is demanded.
    Approved,
    /// The khatian is made.
    Issued,
}

/// Who works where: the staff of one circle and union.
#[derive(Debug, Clone, Copy)]
pub struct Staff {
    pub assistant: &'static str,
    pub union: &'static str,
    pub surveyor: &'static str,
    pub kanungo: &'static str,
    pub commissioner: &'static str,
}

/// Circle Sadar, union Purbapara.
pub const SADAR: Staff =
    Staff { assistant: "mita", union: "bashir", surveyor: "sohel", kanungo: "kamal", commissioner: "anwar" };

/// A mutation as it is going to be applied for.
#[derive(Clone)]
pub struct Mutation<'a> {
    app: &'a Client,
    starter: String,
    language: &'static str,
    on_behalf_of: Option<Value>,
    form: Value,
    papers: Vec<(&'static str, u32)>,
    staff: Staff,
}

/// A case, and who may look at all of it.
#[derive(Clone)]
pub struct Case<'a> {
    pub app: &'a Client,
    pub id: String,
    pub reference: String,
    pub reader: String,
    pub form: Value,
    papers: Vec<(&'static str, u32)>,
    staff: Staff,
}

/// A person as forms state one.
pub fn person(name: &str, national_id: &str) -> Value {
    json!({"name": name, "identifier": {"type": "national-id", "value": national_id}})
}

pub fn rahim() -> Value {
    person("Rahim Uddin", "4710000101")
}

pub fn karim() -> Value {
    person("Karim Sheikh", "4710000102")
}

pub fn salma() -> Value {
    person("Salma Begum", "4710000103")
}

/// Somebody with a share in the new khatian.
pub fn sharing(person: Value, share: f64) -> Value {
    let mut person = person;
    person["share"] = json!(share);
    person
}

/// A picture, good enough to be known as one.
pub fn jpeg() -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00".to_vec();
    bytes.extend([0xFF, 0xDB, 0x00, 0x43, 0x00]);
    bytes.extend([0x10; 64]);
    bytes.extend([0xFF, 0xD9]);
    bytes
}

/// A paper of one page with these words.
pub fn pdf(words: &str) -> Vec<u8> {
    format!("%PDF-1.4\n% {words}\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF\n").into_bytes()
}

const PAPERS: [(&str, u32); 5] = [("photo", 0), ("identity", 0), ("tax_receipt", 0), ("latest_record", 0), ("deed", 0)];

impl<'a> Mutation<'a> {
    /// The plain sale, applied for by somebody for himself; the buyer in the form is Rahim.
    pub fn by(app: &'a Client, starter: &str) -> Self {
        let form = json!({
            "kind": "sale", "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 10,
            "deed": {"number": "2417", "date": "2026-06-24", "registry_office": "Nodipur Sadar"},
            "applicants": [sharing(rahim(), 1.0)], "seller": karim(),
            "by_representative": false, "already_mutated": true, "copies": 1,
        });
        let papers = PAPERS.to_vec();
        Self { app, starter: starter.to_owned(), language: "en", on_behalf_of: None, form, papers, staff: SADAR }
    }

    /// Rahim's own.
    pub fn of_rahim(app: &'a Client) -> Self {
        Self::by(app, "rahim")
    }

    /// One member of the form is another.
    pub fn with(mut self, member: &str, value: Value) -> Self {
        self.form[member] = value;
        self
    }

    /// One member of the form is left out.
    pub fn without(mut self, member: &str) -> Self {
        if let Value::Object(form) = &mut self.form {
            form.remove(member);
        }
        self
    }

    pub fn quantity(self, quantity: f64) -> Self {
        self.with("quantity", json!(quantity))
    }

    /// Khatian and plot of Kalitola.
    pub fn plot(self, khatian: &str, dag: &str) -> Self {
        self.with("khatian", json!(khatian)).with("dag", json!(dag))
    }

    /// Buyers, each with photograph and identity document.
    pub fn buyers(mut self, buyers: Vec<Value>) -> Self {
        for of in 1..u32::try_from(buyers.len()).unwrap_or(1) {
            self.papers.extend([("photo", of), ("identity", of)]);
        }
        self.with("applicants", Value::Array(buyers))
    }

    pub fn seller(self, seller: Value) -> Self {
        self.with("seller", seller)
    }

    pub fn paper(mut self, kind: &'static str) -> Self {
        self.papers.push((kind, 0));
        self
    }

    pub fn without_paper(mut self, kind: &str) -> Self {
        self.papers.retain(|(k, _)| *k != kind);
        self
    }

    pub fn language(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    pub fn on_behalf_of(mut self, person: Value) -> Self {
        self.on_behalf_of = Some(person);
        self
    }

    pub fn staff(mut self, staff: Staff) -> Self {
        self.staff = staff;
        self
    }

    /// Plays it.
    pub async fn to(self, point: Point) -> Case<'a> {
        let case = self.open(json!({"submit": true})).await;
        case.go(Point::Opened, point).await;
        case
    }

    /// A case that was opened elsewhere.
    pub fn resumed(self, id: &str) -> Case<'a> {
        Case {
            app: self.app,
            id: id.to_owned(),
            reference: String::new(),
            reader: self.starter,
            form: self.form,
            papers: self.papers,
            staff: self.staff,
        }
    }

    /// A case that is not submitted yet.
    pub async fn draft(self) -> Case<'a> {
        self.open(json!({"submit": false})).await
    }

    /// Submitted with the form, which could have come later.
    pub async fn with_its_form(self) -> Case<'a> {
        let form = self.form.clone();
        self.open(json!({"submit": true, "form": form})).await
    }

    async fn open(self, body: Value) -> Case<'a> {
        let mut body = body;
        body["service"] = json!("land-mutation");
        body["language"] = json!(self.language);
        if let Some(person) = self.on_behalf_of {
            body["on_behalf_of"] = person;
        }
        let opened = self.app.post(&self.starter, "/v1/cases", &body).await.expect(201);
        let text = |name: &str| opened.json[name].as_str().unwrap_or_default().to_owned();
        Case {
            app: self.app,
            id: text("id"),
            reference: text("reference"),
            reader: self.starter,
            form: self.form,
            papers: self.papers,
            staff: self.staff,
        }
    }
}

impl<'a> Case<'a> {
    /// The same case in the hands of somebody else.
    pub fn read_by(self, name: &str) -> Case<'a> {
        Case { reader: name.to_owned(), ..self }
    }

    /// From one point to another.
    pub async fn go(&self, from: Point, to: Point) {
        let reached = |point: Point| from < point && point <= to;
        if reached(Point::CourtPaid) {
            self.pay("court").await;
        }
        if reached(Point::Prepared) {
            self.save_form().await.expect(200);
            self.upload_papers().await;
        }
        if reached(Point::Submitted) {
            self.hand_in().await.expect(200);
        }
        if reached(Point::NoticePaid) {
            self.pay("notice").await;
        }
        let staff = self.staff;
        let steps = [
            (Point::Admitted, staff.assistant, "admit", json!({"outcome": "complete"})),
            (Point::Reported, staff.union, "field_report", json!({"answers": field_report()})),
            (Point::Surveyed, staff.surveyor, "survey", json!({"answers": survey(false)})),
            (Point::Checked, staff.kanungo, "records", json!({"answers": {"chain_complete": true}})),
            (Point::Approved, staff.commissioner, "order", json!({"outcome": "approve"})),
        ];
        for (point, officer, step, body) in steps.into_iter().filter(|(point, ..)| reached(*point)) {
            let done = self.act(officer, step, &body).await;
            assert!(matches!(done.status, 200 | 204), "{point:?}: {}", String::from_utf8_lossy(&done.bytes));
        }
        if reached(Point::Issued) {
            self.pay("dcr").await;
        }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}{rest}", self.id)
    }

    /// The case as its applicant sees it.
    pub async fn view(&self) -> Value {
        self.app.get(&self.reader, &self.path("")).await.expect(200).json
    }

    /// Steps that are open.
    pub async fn open_steps(&self) -> Vec<String> {
        let view = self.view().await;
        let steps = view["steps"].as_array().cloned().unwrap_or_default();
        steps.iter().map(|s| s["id"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The task of an open step.
    pub async fn task(&self, step: &str) -> String {
        let view = self.view().await;
        let steps = view["steps"].as_array().cloned().unwrap_or_default();
        let found = steps.iter().find(|s| s["id"] == step).and_then(|s| s["task"].as_str());
        found.unwrap_or_else(|| panic!("{step} is not open: {}", view["steps"])).to_owned()
    }

    pub async fn claim(&self, officer: &str, step: &str) -> Answer {
        let task = self.task(step).await;
        self.app.post(officer, &format!("/v1/tasks/{task}/claim"), &json!({"no_ties": true})).await
    }

    /// Completes a step whose task is in the officer's hands.
    pub async fn complete(&self, officer: &str, step: &str, body: &Value) -> Answer {
        let task = self.task(step).await;
        self.app.post(officer, &format!("/v1/tasks/{task}/completion"), body).await
    }

    /// Claims and completes.
    pub async fn act(&self, officer: &str, step: &str, body: &Value) -> Answer {
        let claimed = self.claim(officer, step).await;
        if claimed.status >= 400 {
            return claimed;
        }
        self.complete(officer, step, body).await
    }

    /// Has the parties heard: at the first slot that there is, whose day comes. The order is to be made then.
    pub async fn heard(&self, officer: &str) {
        if self.open_steps().await == ["order"] {
            let asked = self.act(officer, "order", &json!({"outcome": "hear"})).await;
            assert!(matches!(asked.status, 200 | 204), "{}", asked.json);
        }
        let free = self.app.get(officer, &self.path("/slots")).await.expect(200).json;
        let slot = json!({"at": free["items"][0]["at"], "mode": "in_person"});
        self.app.post(officer, &self.path("/appointment"), &slot).await.expect(200);
        self.app.post(officer, "/v1/dev/clock", &json!({"forward": "11 days"})).await.expect(200);
        let held = self.act(officer, "hearing", &json!({"outcome": "held"})).await;
        assert!(matches!(held.status, 200 | 204), "{}", held.json);
    }

    pub async fn save_form(&self) -> Answer {
        self.save(&self.form).await
    }

    pub async fn save(&self, form: &Value) -> Answer {
        let known = self.app.get(&self.reader, &self.path("/form")).await.expect(200);
        let put = self.app.by(&self.reader, "PUT", &self.path("/form")).header("if-match", known.header("etag"));
        put.json(form).send().await
    }

    pub async fn upload_papers(&self) {
        for (kind, of) in &self.papers {
            self.upload(kind, *of).await.expect(201);
        }
    }

    pub async fn upload(&self, kind: &str, of: u32) -> Answer {
        let (media, ending, bytes) = match kind {
            "photo" => ("image/jpeg", "jpg", jpeg()),
            _ => ("application/pdf", "pdf", pdf(kind)),
        };
        let path = self.path(&format!("/documents?kind={kind}&of={of}&file_name={kind}.{ending}"));
        self.app.by(&self.reader, "POST", &path).body(media, bytes).send().await
    }

    /// Hands in what is saved.
    pub async fn hand_in(&self) -> Answer {
        self.app.post(&self.reader, &self.path("/submission"), &json!({})).await
    }

    /// The demands of the case.
    pub async fn fees(&self) -> Vec<Value> {
        let fees = self.app.get(&self.reader, &self.path("/fees")).await.expect(200);
        fees.json["items"].as_array().cloned().unwrap_or_default()
    }

    /// The newest demand of a fee.
    pub async fn fee(&self, name: &str) -> Option<Value> {
        self.fees().await.into_iter().rev().find(|f| f["fee"]["id"] == name)
    }

    /// What is demanded for a fee.
    pub async fn amount(&self, name: &str) -> String {
        let fee = self.fee(name).await.unwrap_or_else(|| panic!("{name} is not demanded"));
        fee["amount"]["amount"].as_str().unwrap_or_default().to_owned()
    }

    /// Pays through the sandbox, and waits until the case knows.
    pub async fn pay(&self, name: &str) {
        let fee = self.fee(name).await.unwrap_or_else(|| panic!("{name} is not demanded"));
        let path = fee["pay"].as_str().unwrap_or_else(|| panic!("{name} is not due: {fee}")).to_owned();
        self.app.post(&self.reader, &path, &json!({"phone": "+8801711000009"})).await.expect(202);
        self.app
            .until(&format!("{name} is paid"), async || {
                self.fee(name).await.filter(|fee| fee["state"] == "paid").map(drop)
            })
            .await;
    }

    /// Codes of the certificates, by template.
    pub async fn certificate(&self, template: &str) -> String {
        let view = self.view().await;
        let all = view["certificates"].as_array().cloned().unwrap_or_default();
        let found = all.iter().find(|c| c["template"] == format!("certificates/{template}"));
        found.and_then(|c| c["code"].as_str()).unwrap_or_else(|| panic!("no {template}: {view}")).to_owned()
    }

    /// Everything that somebody's box holds about this case: what it is about, in the order in which it was sent.
    pub async fn told(&self, name: &str) -> Vec<String> {
        let box_of = self.app.get(name, "/v1/me/messages?limit=200").await.expect(200);
        let all = box_of.json["items"].as_array().cloned().unwrap_or_default();
        let own = all.iter().rev().filter(|m| m["reference"] == self.reference.as_str());
        own.map(|m| m["about"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Waits until somebody was told of something.
    pub async fn until_told(&self, name: &str, about: &str) {
        let told = async || self.told(name).await.iter().any(|a| a == about).then_some(());
        self.app.until(&format!("{name} is told of {about}"), told).await;
    }

    /// What the register says: the record as it is now.
    pub async fn record(&self, register: &str, key: &str) -> Value {
        let query = format!(
            "SELECT record::text AS word FROM register_records WHERE register = '{register}' AND key = '{key}'"
        );
        self.app.text(&query).await.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}

/// A report without a fault.
pub fn field_report() -> Value {
    json!({"visited_on": "2026-08-03", "clean": true, "possession": "applicant", "findings": "The buyer is in possession."})
}

pub fn survey(government_land: bool) -> Value {
    json!({"government_land": government_land, "boundaries_agree": true})
}
