//! The mutation of land: to its khatian, to a rejection, and to its lapse.

use serde_json::{Value, json};

use super::certificate::{field, verified};
use super::client::{File, Result, differs};
use super::office::{self, Held};
use super::papers::{paper, photograph, picture};
use super::sellers::Seller;
use super::stage::{Filing, Issued, Stage, items, open_steps, same, same_number};

pub const SERVICE: &str = "land-mutation";
/// What is sold at each play, in decimals of an acre: so little that the land lasts for hundreds of them.
pub const STRIP: &str = "0.1";
/// More than anybody holds.
const TOO_MUCH: &str = "9999";

/// A sale goes through; where a seller has sold out in earlier plays, the case is rejected and the next one sells.
pub async fn sale(stage: &Stage, sellers: &[Seller]) -> Result<Issued> {
    for seller in sellers {
        let (filing, order) = to_the_order(stage, seller, STRIP).await?;
        if order.offers("approve")? {
            return approved(stage, seller, filing, order).await;
        }
        stage.line("anwar", "finds that the seller has sold out", &filing.reference, "the next one sells");
        rejected(stage, seller, &filing, order, STRIP).await?;
    }
    Err(differs("the sale", "a seller who holds something yet", format!("none among {}", sellers.len())))
}

async fn approved(stage: &Stage, seller: &Seller, filing: Filing, order: Held) -> Result<Issued> {
    office::complete(stage, &filing, order, json!({"outcome": "approve"}), "approved").await?;
    stage.until_at(&filing, "pay_dcr").await?;
    stage.pay(&filing, "dcr", "1100.00").await?;
    let case = stage.until_ended(&filing, "issued").await?;
    same("the decision", &case["decision"], &json!("favourable"))?;
    stage.line("rahim", "sees the end", &filing.reference, case["end"]["title"].as_str().unwrap_or("issued"));

    verified(stage, &filing, &case, "certificates/dcr").await?;
    let (code, view) = verified(stage, &filing, &case, "certificates/khatian").await?;
    let number = field(&view, "steps.finalise.number").as_str().unwrap_or_default();
    if !number.starts_with("K-") {
        return Err(differs("the number of the new khatian", "K-…", field(&view, "steps.finalise.number")));
    }
    same("the mouza on the khatian", field(&view, "form.mouza"), &json!(seller.mouza))?;
    same("the plot on the khatian", field(&view, "form.dag"), &json!(seller.dag))?;
    same_number("the area on the khatian", field(&view, "form.quantity"), STRIP)?;
    let entered = format!("{number}: {STRIP} decimals of plot {}", seller.dag);
    stage.line("anybody", "reads on it what was entered", &filing.reference, &entered);

    stage.told("rahim", &filing, &["submitted", "decided", "issued", "closed"]).await?;
    if seller.name.starts_with("Karim") {
        stage.told("karim", &filing, &["seller_informed", "seller_record_changed"]).await?;
    }
    Ok(Issued { reference: filing.reference, code })
}

/// The seller holds too little: approval is not offered, and the rejection says why and what can be done against it.
pub async fn rejection(stage: &Stage, sellers: &[Seller]) -> Result<String> {
    let seller = sellers.first().ok_or_else(|| differs("the rejection", "a seller", "none"))?;
    let (filing, order) = to_the_order(stage, seller, TOO_MUCH).await?;
    same("whether approval is offered", &json!(order.offers("approve")?), &json!(false))?;
    office::try_in_vain(stage, &filing, &order, json!({"outcome": "approve"})).await?;
    rejected(stage, seller, &filing, order, TOO_MUCH).await?;

    let decisions = stage.client.get(Some(stage.person("rahim")?), &format!("{}/decisions", filing.path())).await?;
    let [decision] = items(&decisions) else { return Err(differs("the decisions", "one", &decisions)) };
    same("the decision", &decision["decision"], &json!("adverse"))?;
    same("the reasons", &codes(&decision["reasons"]), &json!(["holding_too_small"]))?;
    same("the grounds", &decision["grounds"], &json!(grounds(seller, TOO_MUCH)))?;
    let reason = |member: &str| decision["reasons"][0][member].as_str().unwrap_or_default();
    let law = "State Acquisition and Tenancy Act 1950, s. 117";
    same("the legal ground", &json!(reason("legal_ground")), &json!(law))?;
    stage.line("rahim", "reads the reasons", &filing.reference, &format!("{} ({law})", reason("title")));
    stage.line("rahim", "reads the grounds", &filing.reference, decision["grounds"].as_str().unwrap_or_default());
    let appeal = decision["remedies"].as_array().into_iter().flatten().find(|remedy| remedy["id"] == "appeal");
    let appeal = appeal.ok_or_else(|| differs("the remedies", "an appeal", &decision["remedies"]))?;
    same("the remedy", &json!([appeal["id"], appeal["role"]]), &json!(["appeal", "adc-revenue"]))?;
    // Thirty days from the day after the decision (service.yaml, remedies): the last day counts.
    let last = stage.day_after(&decision["at"], 30);
    same("the last day for an appeal", &appeal["until"], &json!(last))?;
    let until = appeal["until"].as_str().unwrap_or_default();
    stage.line(
        "rahim",
        "reads what can be done against it",
        &filing.reference,
        &format!("appeal to adc-revenue until {until}"),
    );
    Ok(filing.reference)
}

/// The first fee is paid and the form does not come: the case lapses.
pub async fn lapse(stage: &Stage) -> Result<String> {
    let filing = opened(stage).await?;
    stage.pass("8 days").await?;
    stage.line("nobody", "does anything for eight days", &filing.reference, "business time moves on");
    let case = stage.until_ended(&filing, "lapsed").await?;
    let end = case["end"]["title"].as_str().unwrap_or("lapsed");
    stage.line("rahim", "sees the end", &filing.reference, end);
    Ok(filing.reference)
}

/// A case whose first fee is paid.
pub async fn opened(stage: &Stage) -> Result<Filing> {
    let body = json!({"service": SERVICE, "submit": true, "language": "en"});
    let (filing, case) = stage.opened("rahim", SERVICE, body).await?;
    same("the state of a new case", &case["status"], &json!("open"))?;
    same("the step of a new case", &json!(open_steps(&case)), &json!(["pay_court"]))?;
    stage.line("rahim", "asks for the mutation of a plot", &filing.reference, "open");
    stage.pay(&filing, "court", "20.00").await?;
    stage.until_at(&filing, "fill").await?;
    Ok(filing)
}

/// Everything up to the order, which is in the hands of the assistant commissioner.
pub async fn to_the_order(stage: &Stage, seller: &Seller, quantity: &str) -> Result<(Filing, Held)> {
    let filing = opened(stage).await?;
    filled(stage, &filing, &form(stage, seller, quantity), vec![deed(stage)]).await?;
    stage.pay(&filing, "notice", "50.00").await?;
    let case = stage.until_at(&filing, "admit").await?;
    let last = case["deadline"]["last_day"].as_str();
    let last = last.ok_or_else(|| differs("the deadline of a submitted case", "its last day", &case["deadline"]))?;
    stage.line("rahim", "is told how long it may take", &filing.reference, &format!("until {last}"));

    let held = office::claim(stage, "mita", &filing, "admit").await?;
    office::complete(stage, &filing, held, json!({"outcome": "complete"}), "admitted").await?;
    reported(stage, &filing, true, "The buyer is in possession.").await?;
    let held = surveyed(stage, &filing).await?;
    Ok((filing, held))
}

/// What the union office found on the ground.
pub async fn reported(stage: &Stage, filing: &Filing, clean: bool, found: &str) -> Result<()> {
    let possession = if clean { "applicant" } else { "seller" };
    let report = json!({"visited_on": stage.day(0), "clean": clean, "possession": possession, "findings": found});
    let held = office::claim(stage, "bashir", filing, "field_report").await?;
    office::complete(stage, filing, held, json!({"answers": report}), found).await
}

/// Survey and records; then the order is in the hands of the assistant commissioner.
pub async fn surveyed(stage: &Stage, filing: &Filing) -> Result<Held> {
    let held = office::claim(stage, "sohel", filing, "survey").await?;
    let survey = json!({"government_land": false, "boundaries_agree": true});
    office::complete(stage, filing, held, json!({"answers": survey}), "no government land").await?;
    let held = office::claim(stage, "kamal", filing, "records").await?;
    office::complete(stage, filing, held, json!({"answers": {"chain_complete": true}}), "the chain of deeds is whole")
        .await?;
    office::claim(stage, "anwar", filing, "order").await
}

pub fn deed(stage: &Stage) -> (String, File) {
    ("kind=deed".to_owned(), paper("deed", &format!("Deed of sale 2417 of {}", stage.day(-30))))
}

/// Form and papers are handed in: those that every kind of mutation needs, and some of its own.
pub async fn filled(stage: &Stage, filing: &Filing, form: &Value, own: Vec<(String, File)>) -> Result<()> {
    let who = stage.person("rahim")?;
    let path = format!("{}/form", filing.path());
    let known = stage.client.get(Some(who), &path).await?;
    let revision = known["revision"].as_i64();
    let revision = revision.ok_or_else(|| differs(format!("GET {path}"), "its revision", &known))?;
    let saved = stage.client.put(who, &path, revision, form).await?;
    same("the revision after the form was saved", &saved["revision"], &json!(revision + 1))?;
    let text = |name: &str| form[name].as_str().unwrap_or_default().to_owned();
    let what = format!("{}: {} of plot {}, {}", text("kind"), form["quantity"], text("dag"), text("khatian"));
    stage.line(who.name, "fills in the form", &filing.reference, &what);
    let mut files = vec![
        ("kind=photo&of=0".to_owned(), photograph("photo")),
        ("kind=identity&of=0".to_owned(), picture("identity")),
        ("kind=tax_receipt".to_owned(), paper("tax receipt", "Land development tax, paid")),
        ("kind=latest_record".to_owned(), paper("latest record", &format!("Khatian {}", text("khatian")))),
    ];
    files.extend(own);
    stage.hand_in(filing, files).await?;
    let case = stage.client.post(who, &format!("{}/submission", filing.path()), &json!({}), &[200]).await?;
    same("the steps after the form was handed in", &json!(open_steps(&case)), &json!(["pay_notice"]))?;
    stage.line(who.name, "hands in form and papers", &filing.reference, "taken");
    Ok(())
}

pub fn form(stage: &Stage, seller: &Seller, quantity: &str) -> Value {
    let quantity: f64 = quantity.parse().unwrap_or_default();
    json!({
        "kind": "sale", "mouza": seller.mouza, "khatian": seller.khatian, "dag": seller.dag, "quantity": quantity,
        "deed": {"number": "2417", "date": stage.day(-30), "registry_office": "Nodipur Sadar"},
        "applicants": [{"name": "Rahim Uddin", "identifier": {"type": "national-id", "value": "4710000101"}, "share": 1}],
        "seller": seller.stated(), "by_representative": false, "already_mutated": true, "copies": 1,
    })
}

/// Rejects because the seller holds too little.
async fn rejected(stage: &Stage, seller: &Seller, filing: &Filing, order: Held, quantity: &str) -> Result<()> {
    // Nobody is refused without a hearing.
    office::complete(stage, filing, order, json!({"outcome": "hear"}), "to be heard").await?;
    office::hear(stage, "anwar", filing).await?;
    let order = office::claim(stage, "anwar", filing, "order").await?;
    let body = json!({"outcome": "reject", "reasons": ["holding_too_small"], "grounds": grounds(seller, quantity)});
    office::complete(stage, filing, order, body, "rejected").await?;
    let case = stage.until_ended(filing, "rejected").await?;
    same("the decision", &case["decision"], &json!("adverse"))
}

fn grounds(seller: &Seller, quantity: &str) -> String {
    format!("{} holds less than the {quantity} decimals of plot {} that were sold.", seller.name, seller.dag)
}

/// The ids of things that have one.
fn codes(of: &Value) -> Value {
    of.as_array().into_iter().flatten().map(|one| one["id"].clone()).collect()
}
