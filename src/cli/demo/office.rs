//! What officers do: find a task in their queue, claim it, complete it.

use serde_json::{Value, json};

use super::client::{Result, differs};
use super::stage::{Filing, Stage, items, open_steps, same};

/// Rows of a queue that are looked through; a longer queue may hold the task further down.
const QUEUE: usize = 200;

/// A task in somebody's hands.
pub struct Held {
    pub officer: &'static str,
    pub step: &'static str,
    task: String,
    /// The outcomes that the case shows its holder.
    outcomes: Vec<Value>,
}

/// Finds the task in the officer's queue and claims it.
pub async fn claim(stage: &Stage, officer: &'static str, filing: &Filing, step: &'static str) -> Result<Held> {
    let who = stage.person(officer)?;
    let case = stage.until_at(filing, step).await?;
    let open = case["steps"].as_array().into_iter().flatten().find(|s| s["id"] == step);
    let task = open.and_then(|s| s["task"].as_str()).unwrap_or_default().to_owned();
    let path = format!("/v1/tasks?service={}&step={step}&limit={QUEUE}", filing.service);
    let queue = stage.client.get(Some(who), &path).await?;
    let there = items(&queue).iter().any(|t| t["id"] == task.as_str() && t["reference"] == filing.reference.as_str());
    if !there && items(&queue).len() < QUEUE {
        return Err(differs(format!("GET {path} as {officer}"), format!("the task of {}", filing.reference), &queue));
    }
    // Some tasks ask for it: nothing ties the officer to anybody in the case.
    let untied = json!({"no_ties": true});
    let case = stage.client.post(who, &format!("/v1/tasks/{task}/claim"), &untied, &[200]).await?;
    let complete = case["actions"].as_array().into_iter().flatten().find(|a| a["action"] == "complete");
    let complete =
        complete.ok_or_else(|| differs(format!("the claim of {step} by {officer}"), "the action complete", &case))?;
    let outcomes = complete["outcomes"].as_array().cloned().unwrap_or_default();
    stage.line(officer, &format!("claims: {}", title(&case, step)), &filing.reference, "theirs");
    Ok(Held { officer, step, task, outcomes })
}

/// Completes it.
pub async fn complete(stage: &Stage, filing: &Filing, held: Held, body: Value, came: &str) -> Result<()> {
    let who = stage.person(held.officer)?;
    let what = format!("completes: {}", held.outcome(body["outcome"].as_str()));
    let after = stage.client.post(who, &format!("/v1/tasks/{}/completion", held.task), &body, &[200, 204]).await?;
    if open_steps(&after).contains(&held.step) {
        return Err(differs(format!("the completion of {}", held.step), "another step to be open", &after));
    }
    stage.line(held.officer, &what, &filing.reference, came);
    Ok(())
}

/// Invites the parties to the first slot that there is, lets its day come, and notes that they were heard.
pub async fn hear(stage: &Stage, officer: &'static str, filing: &Filing) -> Result<()> {
    let who = stage.person(officer)?;
    let held = claim(stage, officer, filing, "hearing").await?;
    let free = stage.client.get(Some(who), &format!("{}/slots", filing.path())).await?;
    let at = free["items"][0]["at"].clone();
    if !at.is_string() {
        return Err(differs("the free slots", "one", &free));
    }
    let slot = json!({"at": at, "mode": "in_person"});
    stage.client.post(who, &format!("{}/appointment", filing.path()), &slot, &[200]).await?;
    stage.line(officer, "invites the parties", &filing.reference, at.as_str().unwrap_or_default());
    stage.pass("11 days").await?;
    complete(stage, filing, held, json!({"outcome": "held"}), "heard").await
}

/// Tries an outcome that is not offered: refused, and nothing has changed.
pub async fn try_in_vain(stage: &Stage, filing: &Filing, held: &Held, body: Value) -> Result<()> {
    let who = stage.person(held.officer)?;
    let path = format!("/v1/tasks/{}/completion", held.task);
    let refused = stage.client.post(who, &path, &body, &[409]).await?;
    same("the status within the problem document", &refused["status"], &json!(409))?;
    stage.until_at(filing, held.step).await?;
    let why = refused["detail"].as_str().or(refused["title"].as_str()).unwrap_or_default();
    stage.line(
        held.officer,
        &format!("tries: {}", held.outcome(body["outcome"].as_str())),
        &filing.reference,
        &format!("409: {why}"),
    );
    Ok(())
}

impl Held {
    /// Whether the case offers this outcome to its holder.
    pub fn offers(&self, outcome: &str) -> Result<bool> {
        let found = self.outcomes.iter().find(|o| o["id"] == outcome).and_then(|o| o["offered"].as_bool());
        let shown = || Value::from(self.outcomes.clone());
        found.ok_or_else(|| differs(format!("the outcomes of {}", self.step), format!("{outcome} among them"), shown()))
    }

    /// The outcome in words; the only one where none is chosen.
    fn outcome(&self, id: Option<&str>) -> &str {
        let found = self.outcomes.iter().find(|o| id.is_none_or(|id| o["id"] == id));
        found.and_then(|o| o["title"].as_str()).unwrap_or(self.step)
    }
}

fn title<'a>(case: &'a Value, step: &'a str) -> &'a str {
    let open = case["steps"].as_array().into_iter().flatten().find(|s| s["id"] == step);
    open.and_then(|s| s["title"].as_str()).unwrap_or(step)
}
