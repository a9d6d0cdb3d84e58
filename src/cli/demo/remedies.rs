//! What does not go through at once: heirs who are heard, papers that are missing and come late, and an entry that is set aside
//! on appeal.

use serde_json::{Value, json};

use super::client::{Result, differs};
use super::land::{STRIP, deed, filled, form, opened, reported, surveyed, to_the_order};
use super::office;
use super::papers::paper;
use super::sellers::Seller;
use super::stage::{Filing, Stage, items, same};

/// Heirs whose claim is not clear are heard first; then each gets his share.
pub async fn inheritance(stage: &Stage, sellers: &[Seller]) -> Result<String> {
    let deceased = sellers.first().ok_or_else(|| differs("the inheritance", "somebody who held land", "none"))?;
    let filing = opened(stage).await?;
    let mut stated = form(stage, deceased, STRIP);
    stated["kind"] = json!("inheritance");
    stated["died_on"] = json!(stage.day(-90));
    stated["applicants"] = json!([
        {"name": "Rahim Uddin", "identifier": {"type": "national-id", "value": "4710000101"}, "share": 0.5},
        {"name": "Salma Begum", "identifier": {"type": "national-id", "value": "4710000103"}, "share": 0.5}]);
    if let Value::Object(members) = &mut stated {
        members.remove("deed");
    }
    let heirs = format!("kind=warisan&issued={}", stage.day(-20));
    let own = vec![
        (heirs, paper("heir certificate", "Heirs of the deceased")),
        ("kind=photo&of=1".to_owned(), super::papers::photograph("photo of the second heir")),
        ("kind=identity&of=1".to_owned(), super::papers::picture("identity of the second heir")),
    ];
    filled(stage, &filing, &stated, own).await?;
    stage.pay(&filing, "notice", "50.00").await?;
    let held = office::claim(stage, "mita", &filing, "admit").await?;
    office::complete(stage, &filing, held, json!({"outcome": "complete"}), "admitted").await?;
    reported(stage, &filing, false, "A cousin says that he has a share.").await?;
    office::hear(stage, "anwar", &filing).await?;
    let order = surveyed(stage, &filing).await?;
    if !order.offers("approve")? {
        stage.line("anwar", "finds that nothing is left of the plot", &filing.reference, "the order is left open");
        return Ok(filing.reference);
    }
    office::complete(stage, &filing, order, json!({"outcome": "approve"}), "approved").await?;
    stage.until_at(&filing, "pay_dcr").await?;
    stage.pay(&filing, "dcr", "1100.00").await?;
    stage.until_ended(&filing, "issued").await?;
    stage.told("rahim", &filing, &["appointment", "issued"]).await?;
    Ok(filing.reference)
}

/// Papers are missing, and do not come in time: rejected. They come later: the same case is open again.
pub async fn reopened(stage: &Stage, sellers: &[Seller]) -> Result<String> {
    let seller = sellers.first().ok_or_else(|| differs("the papers", "a seller", "none"))?;
    let filing = opened(stage).await?;
    filled(stage, &filing, &form(stage, seller, STRIP), vec![deed(stage)]).await?;
    stage.pay(&filing, "notice", "50.00").await?;
    let held = office::claim(stage, "mita", &filing, "admit").await?;
    let stale = json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The tax receipt is too old."});
    office::complete(stage, &filing, held, stale, "the applicant is asked").await?;
    stage.pass("16 days").await?;
    stage.line("nobody", "supplies them for sixteen days", &filing.reference, "the legal limit stands");
    let held = office::claim(stage, "anwar", &filing, "unsupplied").await?;
    let reject = json!({"outcome": "reject", "reasons": ["papers_missing"], "grounds": "Nothing came."});
    office::complete(stage, &filing, held, reject, "rejected").await?;
    stage.until_ended(&filing, "rejected_papers").await?;

    let who = stage.person("rahim")?;
    let path = format!("{}/documents?kind=tax_receipt", filing.path());
    stage.client.upload(who, &path, paper("tax receipt", "Paid this year")).await?;
    let case = stage.until_at(&filing, "admit").await?;
    same("the state of the case", &case["status"], &json!("open"))?;
    stage.line("rahim", "brings the receipt after all", &filing.reference, "the same case is open again");
    Ok(filing.reference)
}

/// The seller appeals against an entry: the district sets it aside, the khatian is as it was, its certificate holds no more.
pub async fn corrected(stage: &Stage, sellers: &[Seller]) -> Result<String> {
    let seller = sellers.first().ok_or_else(|| differs("the appeal", "a seller", "none"))?;
    let (filing, order) = to_the_order(stage, seller, STRIP).await?;
    if !order.offers("approve")? {
        stage.line("anwar", "finds that nothing is left of the plot", &filing.reference, "the order is left open");
        return Ok(filing.reference);
    }
    office::complete(stage, &filing, order, json!({"outcome": "approve"}), "approved").await?;
    stage.until_at(&filing, "pay_dcr").await?;
    stage.pay(&filing, "dcr", "1100.00").await?;
    let issued = stage.until_ended(&filing, "issued").await?;

    let appellant = stage.person("karim")?;
    let body = json!({"form": {"grounds": "I did not sell this strip."}, "language": "en"});
    let lodged = stage.client.post(appellant, &format!("{}/appeal", filing.path()), &body, &[201]).await?;
    let text = |name: &str| lodged[name].as_str().unwrap_or_default().to_owned();
    let appeal = Filing { service: "land-appeal", reader: "karim", id: text("id"), reference: text("reference") };
    stage.line("karim", "appeals to the district", &appeal.reference, &format!("against {}", filing.reference));
    stage.pass("16 days").await?;
    stage.line("rahim", "does not answer for fifteen days", &appeal.reference, "it is heard without him");
    let held = office::claim(stage, "mahbub", &appeal, "hear").await?;
    office::complete(stage, &appeal, held, json!({"outcome": "set_aside"}), "the order is set aside").await?;
    stage.until_ended(&appeal, "set_aside").await?;
    let annulled = |case: &Value| case["end"]["id"] == "annulled";
    let case = stage.until("rahim", &filing.path(), "the order to be set aside", annulled).await?;
    same("the decision after the appeal", &case["decision"], &json!("adverse"))?;
    put_right(stage, &filing).await?;
    for certificate in issued["certificates"].as_array().into_iter().flatten() {
        let code = certificate["code"].as_str().unwrap_or_default();
        let view = stage.client.get(None, &format!("/v1/certificates/{code}")).await?;
        same("the certificate after the appeal", &view["state"], &json!("revoked"))?;
    }
    stage.told("karim", &filing, &["record_restored"]).await?;
    stage.line("anybody", "verifies the certificates", &filing.reference, "revoked");
    Ok(filing.reference)
}

/// What the case did to the register, in its own history: what was sold stands with the seller again, the buyer's khatian is empty.
async fn put_right(stage: &Stage, filing: &Filing) -> Result<()> {
    let path = format!("{}/events?limit=200", filing.path());
    let events = stage.client.get(Some(stage.person("rahim")?), &path).await?;
    let changes = items(&events).iter().filter(|e| e["kind"] == "register_changed");
    let changes: Vec<&Value> = changes.map(|e| &e["details"]["change"]).collect();
    same("what became of the register", &json!(changes), &json!(["passed_on", "mutation", "restored", "set_aside"]))?;
    stage.line("rahim", "reads what became of the register", &filing.reference, "as it was before the sale");
    Ok(())
}
