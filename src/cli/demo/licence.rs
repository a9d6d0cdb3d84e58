//! A licence to trade: an organisation applies through a person who may sign for it.

use serde_json::{Value, json};

use super::certificate::{field, verified};
use super::client::{Result, differs};
use super::office;
use super::papers::paper;
use super::stage::{Filing, Issued, Stage, same};

const SERVICE: &str = "trade-licence";
const ORGANISATION: &str = "Sunrise Traders Ltd";
const TRADE_NAME: &str = "Sunrise";

/// From the application to the licence.
pub async fn granted(stage: &mut Stage) -> Result<Issued> {
    let id = organisation(stage).await?;
    stage.act_for("rina", &id);
    let stage = &*stage;
    let filing = applied(stage).await?;

    let held = office::claim(stage, "tania", &filing, "check").await?;
    office::complete(stage, &filing, held, json!({"outcome": "complete"}), "complete").await?;
    let held = office::claim(stage, "gias", &filing, "inspection").await?;
    let report = json!({"inspected_on": stage.day(0), "suitable": true, "employees_found": 3});
    office::complete(stage, &filing, held, json!({"answers": report}), "the premises are suitable").await?;
    let held = office::claim(stage, "nila", &filing, "decision").await?;
    same("whether the licence is offered", &json!(held.offers("grant")?), &json!(true))?;
    office::complete(stage, &filing, held, json!({"outcome": "grant"}), "granted").await?;

    stage.until_at(&filing, "pay_licence").await?;
    // Up to five employees, and a signboard (params.yaml).
    stage.pay(&filing, "licence", "800.00").await?;
    let case = stage.until_ended(&filing, "licensed").await?;
    stage.line("rina", "sees the end", &filing.reference, case["end"]["title"].as_str().unwrap_or("licensed"));
    let (code, view) = verified(stage, &filing, &case, "certificates/licence").await?;
    same("the trade name on the licence", field(&view, "form.trade_name"), &json!(TRADE_NAME))?;
    same("the organisation on the licence", field(&view, "form.organisation.name"), &json!(ORGANISATION))?;
    let number = field(&view, "steps.enter.number").as_str().unwrap_or_default();
    if !number.starts_with("TL-") {
        return Err(differs("the number of the licence", "TL-…", field(&view, "steps.enter.number")));
    }
    let until = view["valid_until"].as_str();
    let until = until.ok_or_else(|| differs("the licence", "the last day on which it is valid", &view))?;
    stage.line("anybody", "reads on it what was entered", &filing.reference, &format!("{number}, valid until {until}"));
    Ok(Issued { reference: filing.reference, code })
}

/// The organisation that rina may sign for.
async fn organisation(stage: &Stage) -> Result<String> {
    let me = stage.client.get(Some(stage.person("rina")?), "/v1/me").await?;
    let mandates = me["organisations"].as_array();
    let found = mandates.into_iter().flatten().find(|o| names(o).contains(&ORGANISATION));
    let id = found.and_then(|o| o["id"].as_str());
    let id = id.ok_or_else(|| differs("GET /v1/me as rina", format!("{ORGANISATION} among the organisations"), &me))?;
    stage.line("rina", "may sign for", "", ORGANISATION);
    Ok(id.to_owned())
}

/// An organisation's names, in every script.
fn names(organisation: &Value) -> Vec<&str> {
    organisation["names"].as_array().into_iter().flatten().filter_map(|name| name["full"].as_str()).collect()
}

async fn applied(stage: &Stage) -> Result<Filing> {
    let form = json!({
        "organisation": {"name": ORGANISATION, "identifier": {"type": "registration-number", "value": "C-100201"}},
        "trade_name": TRADE_NAME, "line_of_business": "retail",
        "premises": {"lines": ["12 Market Street, Nodipur"], "area": "10.47.01"},
        "employees": 3, "signboard": true, "opening_date": stage.day(30),
    });
    let body = json!({"service": SERVICE, "form": form, "language": "en"});
    let (filing, case) = stage.opened("rina", SERVICE, body).await?;
    same("the state of a draft", &case["status"], &json!("draft"))?;
    stage.line("rina", "begins an application for the organisation", &filing.reference, "a draft");
    let issued = stage.day(-31);
    let files = vec![
        ("kind=premises_proof".to_owned(), paper("lease", "Lease of 12 Market Street")),
        (format!("kind=tax_certificate&issued={issued}"), paper("tax certificate", &format!("Taxes paid, {issued}"))),
    ];
    stage.hand_in(&filing, files).await?;
    let path = format!("{}/submission", filing.path());
    let case = stage.client.post(stage.person("rina")?, &path, &json!({}), &[200]).await?;
    same("the state of a submitted case", &case["status"], &json!("open"))?;
    stage.line("rina", "submits it", &filing.reference, "open");
    Ok(filing)
}
