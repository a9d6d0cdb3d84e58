//! Small cases to try things on: a certificate of residence, which the register grants at once or a clerk looks at, and
//! an application for a khatian that has not got beyond its first fee.

use serde_json::{Value, json};

use super::Client;

/// The register of residents knows her.
pub const RESIDENT: &str = "salma";
/// It does not know him: a clerk looks.
pub const NEWCOMER: &str = "tarek";
/// At whose desk the clerk's task is.
pub const CLERK: &str = "popy";

/// A case as its owner sees it after the act that made it.
pub struct Filed {
    pub id: String,
    pub reference: String,
    pub view: Value,
}

impl Filed {
    fn new(view: Value) -> Self {
        let text = |name: &str| view[name].as_str().unwrap_or_default().to_owned();
        Self { id: text("id"), reference: text("reference"), view }
    }

    /// An address within the case.
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/cases/{}{rest}", self.id)
    }

    /// The code of the certificate that it issued.
    pub fn code(&self) -> String {
        self.view["certificates"][0]["code"].as_str().expect("a certificate").to_owned()
    }
}

impl Client {
    /// A draft of some service.
    pub async fn draft(&self, name: &str, service: &str) -> Filed {
        Filed::new(self.post(name, "/v1/cases", &json!({"service": service})).await.expect(201).json)
    }

    /// A submitted case of a service that needs no form at first.
    pub async fn filed(&self, name: &str, service: &str) -> Filed {
        let body = json!({"service": service, "submit": true, "language": "en"});
        Filed::new(self.post(name, "/v1/cases", &body).await.expect(201).json)
    }

    /// A certificate of residence: granted to [`RESIDENT`], waiting for [`CLERK`] for [`NEWCOMER`].
    pub async fn residence(&self, name: &str) -> Filed {
        self.filed(name, "residence-certificate").await
    }

    /// The open task of a case in an officer's queue.
    pub async fn task_of(&self, officer: &str, case: &Filed) -> String {
        let queue = self.get(officer, "/v1/tasks?limit=200").await.expect(200).json;
        let tasks = queue["items"].as_array().expect("a page").clone();
        let task = tasks.iter().find(|t| t["case"] == case.id.as_str()).expect("the task is in the queue");
        task["id"].as_str().expect("an id").to_owned()
    }

    /// A task of [`CLERK`] in a case of [`NEWCOMER`].
    pub async fn clerks_task(&self) -> (Filed, String) {
        let case = self.residence(NEWCOMER).await;
        let task = self.task_of(CLERK, &case).await;
        (case, task)
    }

    /// The same, claimed.
    pub async fn claimed_task(&self) -> (Filed, String) {
        let (case, task) = self.clerks_task().await;
        self.by(CLERK, "POST", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
        (case, task)
    }

    /// An organisation of the demo by its registered name.
    pub async fn organisation(&self, name: &str) -> String {
        let query = format!("SELECT id::text AS word FROM organisations WHERE names @> '[{{\"full\": \"{name}\"}}]'");
        self.text(&query).await.expect("the organisation is there")
    }

    /// Somebody of the demo, by id.
    pub async fn person(&self, name: &str) -> String {
        let query = format!("SELECT person::text AS word FROM identities WHERE subject = '{name}'");
        self.text(&query).await.expect("the person is there")
    }

    /// Adds a file to a case.
    pub async fn upload(
        &self,
        name: &str,
        case: &Filed,
        query: &str,
        media_type: &str,
        content: &[u8],
    ) -> super::Answer {
        self.by(name, "POST", &case.path(&format!("/documents?{query}")))
            .body(media_type, content.to_vec())
            .send()
            .await
    }

    /// How many rows everything but the log has: what a refusal must leave as it was.
    pub async fn rows(&self) -> String {
        let tables = [
            "cases",
            "case_parties",
            "case_events",
            "case_data",
            "tasks",
            "documents",
            "demands",
            "payments",
            "certificates",
            // What the product itself tells is sent a moment after the act that it follows.
            "messages WHERE author IS NOT NULL",
            "idempotency_keys",
            "persons",
            "organisations",
            "register_records",
            "register_versions",
        ];
        let counts = tables.map(|table| format!("(SELECT '{table} ' || count(*) FROM {table})")).join(" || ', ' || ");
        self.text(&format!("SELECT {counts} AS word")).await.expect("counts")
    }
}

/// The first bytes of a picture.
pub const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
/// The first bytes of a paper.
pub const PDF: &[u8] = b"%PDF-1.4\n1 0 obj\n<< >>\nendobj\n";
