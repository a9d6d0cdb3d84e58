//! What was issued: anybody who holds the code verifies it, who may read the case prints it, the office revokes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::act::RequestKey;
use super::context::Context;
use super::perform::{Request, perform};
use super::prepare::Order;
use super::reading;
use super::store::{self, CertificateRow, Sought};
use super::view;
use crate::access::Action;
use crate::audit::{self, Entry};
use crate::engine::certificate::page;
use crate::engine::check::field_text;
use crate::engine::definition::Definition;
use crate::kernel::{Actor, CaseId, Error, Fault, Result};

/// What anybody with the code may know.
#[derive(Debug, Serialize, ToSchema)]
pub struct CertificateView {
    pub code: String,
    /// What it is.
    pub kind: String,
    pub issuer: String,
    pub issued_on: Date,
    pub valid_until: Option<Date>,
    /// `valid`, `expired` or `revoked`.
    #[schema(example = "valid")]
    pub state: String,
    pub revoked_at: Option<Timestamp>,
    /// The fields that the definition lists.
    pub fields: Vec<FieldView>,
    pub language: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    pub name: String,
    pub title: String,
    #[schema(value_type = Object)]
    pub value: Value,
}

/// Codes have 26 characters; whoever types one may use small letters and dashes.
fn normal(code: &str) -> Option<String> {
    let code: String =
        code.chars().filter(|c| !matches!(c, '-' | ' ')).take(40).collect::<String>().to_ascii_uppercase();
    (code.len() == 26 && code.chars().all(|c| c.is_ascii_alphanumeric())).then_some(code)
}

async fn found(ctx: &Context, code: &str) -> Result<(CertificateRow, std::sync::Arc<Definition>)> {
    let code = normal(code).ok_or(Error::NotFound)?;
    let mut tx = ctx.db.single().await?;
    let row = store::certificate(&mut tx, &code).await?.ok_or(Error::NotFound)?;
    let def = ctx.catalogue.version(&row.service, &row.version).cloned();
    Ok((row, def.ok_or_else(|| Error::internal("the version of the certificate is not in the catalogue"))?))
}

/// Verifies a certificate, in each of these languages that it has: public. One request is one entry in the log.
///
/// # Errors
/// [`Error::NotFound`]; those of the database.
#[tracing::instrument(level = "debug", name = "certificate.verify", skip_all)]
pub async fn verify_certificate(
    ctx: &Context,
    actor: &Actor,
    code: &str,
    languages: &[&str],
) -> Result<Vec<CertificateView>> {
    let (row, def) = found(ctx, code).await?;
    log_verification(ctx, actor, &row).await?;
    let mut views: Vec<CertificateView> = Vec::new();
    for accept in languages {
        let language = view::language(&def, accept);
        if views.iter().all(|known| known.language != language) {
            views.push(stated(ctx, &row, &def, language));
        }
    }
    Ok(views)
}

/// What anybody may know of a certificate: the answer to whoever has just revoked it, which is no verification.
///
/// # Errors
/// [`Error::NotFound`]; those of the database.
#[tracing::instrument(level = "debug", name = "certificate.show", skip_all)]
pub async fn certificate(ctx: &Context, code: &str, accept: &str) -> Result<CertificateView> {
    let (row, def) = found(ctx, code).await?;
    let language = view::language(&def, accept);
    Ok(stated(ctx, &row, &def, language))
}

fn stated(ctx: &Context, row: &CertificateRow, def: &Definition, language: String) -> CertificateView {
    let text = |id: &str| def.texts.format(&language, id, None, &BTreeMap::new()).unwrap_or_else(|| id.to_owned());
    let head = def.templates.get(&row.template).map(crate::engine::certificate::Template::head);
    let field = |path: &String| FieldView {
        name: path.clone(),
        title: text(&field_text(path)),
        value: member(&row.content, path),
    };
    let expired = row.valid_until.is_some_and(|until| until <= ctx.clock.now());
    let state = match row.revoked_at {
        Some(_) => "revoked",
        None if expired => "expired",
        None => "valid",
    };
    let names = ctx.catalogue.country().agencies.authorities.get(&row.authority).map(|a| &a.name);
    CertificateView {
        kind: text(head.map_or("service", |h| h.kind_text.as_str())),
        issuer: names
            .and_then(|n| n.get(&language).or(n.values().next()))
            .cloned()
            .unwrap_or_else(|| row.authority.clone()),
        issued_on: def.time.day_of(row.issued_at),
        valid_until: row.valid_until.and_then(|until| def.time.day_of(until).yesterday().ok()),
        state: state.into(),
        revoked_at: row.revoked_at,
        fields: head.map(|h| h.public.iter().map(field).collect()).unwrap_or_default(),
        code: row.code.clone(),
        language,
    }
}

/// What stands at a path; null where nothing does.
fn member(content: &Value, path: &str) -> Value {
    path.split('.').try_fold(content, |at, member| at.get(member)).cloned().unwrap_or(Value::Null)
}

/// Whoever holds the code reads what is on the paper: nobody known, yet a read, and the people concerned are to see it.
async fn log_verification(ctx: &Context, actor: &Actor, row: &CertificateRow) -> Result<()> {
    let case = CaseId(row.case_id);
    let mut tx = ctx.db.single().await?;
    let subjects = store::people_of_case(&mut tx, case).await?;
    drop(tx);
    let entry = Entry {
        purpose: Some("verification".into()),
        case: Some(case),
        subjects,
        details: json!({"certificate": row.code}),
        ..Entry::done("certificate.verify")
    };
    ctx.recorder.record(audit::seal(actor, entry, ctx.clock.now())).await
}

/// Where a certificate is verified: all that its QR code holds.
fn address(ctx: &Context, code: &str) -> String {
    format!("{}/v1/certificates/{code}", ctx.settings.public_url)
}

async fn readable(
    ctx: &Context,
    actor: &Actor,
    code: &str,
    name: &'static str,
) -> Result<(CertificateRow, std::sync::Arc<Definition>)> {
    let (row, def) = match found(ctx, code).await {
        Ok(found) => found,
        Err(error) => return ctx.refuse(actor, name, None, error).await,
    };
    let reading::Read { permit, loaded, tx, .. } =
        reading::read(ctx, actor, CaseId(row.case_id), Action::ReadCase, name).await?;
    drop(tx);
    if permit.narrowed_to.is_some() {
        return ctx.refuse(actor, name, Some(CaseId(row.case_id)), Error::NotFound).await;
    }
    // Paper and token are believed where nobody asks us: none is made any more of what was taken back.
    if row.revoked_at.is_some() {
        return ctx.refuse(actor, name, Some(CaseId(row.case_id)), Error::Conflict("certificate_revoked".into())).await;
    }
    reading::record(ctx, actor, &permit, &loaded, name).await?;
    Ok((row, def))
}

/// The document, ready to print, in every language of the service.
///
/// # Errors
/// [`Error::Conflict`] where it was revoked; refusals of the policy; those of the database and the template.
#[tracing::instrument(level = "debug", name = "certificate.read", skip_all)]
pub async fn certificate_document(ctx: &Context, actor: &Actor, code: &str) -> Result<String> {
    let (row, def) = readable(ctx, actor, code, "certificate.read").await?;
    let template =
        def.templates.get(&row.template).ok_or_else(|| Error::internal("the template is not in the definition"))?;
    let url = address(ctx, &row.code);
    let mut sections = Vec::new();
    for language in &def.languages {
        let data = facts(ctx, &def, &row, language, &url);
        let section = template.render(language, &def.texts, &data, &url).map_err(Error::internal)?;
        sections.push((language.clone(), section));
    }
    Ok(page(&sections))
}

/// What a template may use, see the definition language.
fn facts(ctx: &Context, def: &Definition, row: &CertificateRow, language: &str, url: &str) -> Value {
    let agencies = &ctx.catalogue.country().agencies;
    let name =
        |names: Option<&BTreeMap<String, String>>| names.and_then(|n| n.get(language).or(n.values().next())).cloned();
    let mut data = row.content.clone();
    let office = data.pointer("/case/office").and_then(Value::as_str).unwrap_or_default().to_owned();
    let office = name(agencies.offices.get(&office).map(|o| &o.name)).unwrap_or(office);
    let number = data
        .get("steps")
        .and_then(Value::as_object)
        .and_then(|steps| steps.values().rev().find_map(|s| s.get("number").filter(|n| !n.is_null())));
    let certificate = json!({
        "code": row.code, "number": number, "issued": def.time.day_of(row.issued_at), "url": url,
        "issuer": name(agencies.authorities.get(&row.authority).map(|a| &a.name)),
        "valid_until": row.valid_until.and_then(|until| def.time.day_of(until).yesterday().ok()),
    });
    if let Value::Object(members) = &mut data {
        members.insert("certificate".into(), certificate);
        members.entry("fees").and_modify(|fees| in_currency(def, fees));
        if let Some(Value::Object(case)) = members.get_mut("case") {
            case.insert("office_name".into(), json!(office));
        }
    }
    data
}

/// Sums of fees as amounts of money, which the filter `money` takes.
fn in_currency(def: &Definition, fees: &mut Value) {
    let sums = fees.as_object_mut().into_iter().flat_map(|fees| fees.values_mut()).filter_map(Value::as_object_mut);
    for sum in sums.flat_map(|sums| sums.values_mut()) {
        if let Ok(amount) = sum.to_string().parse() {
            *sum = json!({"amount": def.round(amount).to_string(), "currency": def.currency});
        }
    }
}

/// The certificate as a signed token (compact JWS, EdDSA): what it says, verifiable without us.
///
/// # Errors
/// [`Error::Conflict`] where it was revoked; refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "certificate.token", skip_all)]
pub async fn certificate_token(ctx: &Context, actor: &Actor, code: &str) -> Result<String> {
    let (row, def) = readable(ctx, actor, code, "certificate.read").await?;
    let public = def.templates.get(&row.template).map(|t| t.head().public.clone()).unwrap_or_default();
    let fields: Map<String, Value> =
        public.into_iter().map(|path| (path.clone(), member(&row.content, &path))).collect();
    let mut claims = json!({
        "iss": ctx.settings.public_url, "jti": row.code, "iat": row.issued_at.as_second(),
        "sub": address(ctx, &row.code), "authority": row.authority, "service": row.service, "version": row.version,
        "template": row.template, "fields": fields,
    });
    // Absent for ever, never null: verifiers take `exp` for a number (RFC 7519, 4.1.4).
    if let (Value::Object(members), Some(until)) = (&mut claims, row.valid_until) {
        members.insert("exp".into(), json!(until.as_second()));
    }
    ctx.keys.sign(&claims)
}

/// Characters of the reason for a revocation.
const REASON_MAX: usize = 1_000;

/// Takes a certificate back: an act on its case, closed as that may be. Who verifies it sees that at once.
///
/// # Errors
/// Faults of the reason; refusals of the policy; [`Error::Conflict`] where it was revoked already.
#[tracing::instrument(level = "debug", name = "certificate.revoke", skip_all)]
pub async fn revoke_certificate(
    ctx: &Context,
    actor: &Actor,
    code: &str,
    reason: &str,
    key: Option<RequestKey>,
) -> Result<()> {
    let (code, case) = match found(ctx, code).await {
        Ok((row, _)) => (row.code, CaseId(row.case_id)),
        Err(error) => return ctx.refuse(actor, NAME, None, error).await,
    };
    let reason = match reason_of(reason) {
        Ok(reason) => reason,
        Err(error) => return ctx.refuse(actor, NAME, Some(case), error).await,
    };
    // The reason that is given is the purpose, too.
    let purpose = actor.purpose.clone().or_else(|| Some(reason.chars().take(200).collect()));
    let actor = Actor { purpose, ..actor.clone() };
    let order = Order::Revoke { code: &code, reason };
    let request = Request { sought: Sought::Case(case), action: Action::Revoke, name: NAME, order, key, expects: None };
    perform(ctx, &actor, &request).await.map(drop)
}

const NAME: &str = "certificate.revoke";

fn reason_of(text: &str) -> Result<&str> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required"));
    }
    if reason.chars().count() > REASON_MAX {
        return Err(Error::Invalid(vec![Fault::new("/reason", "max_length").with("limit", REASON_MAX)]));
    }
    Ok(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_field_is_called_as_on_the_form() {
        assert_eq!(field_text("form.organisation.name"), "field-organisation-name");
        assert_eq!(field_text("form.trade_name"), "field-trade-name");
        assert_eq!(field_text("steps.finalise.number"), "field-number");
        assert_eq!(field_text("case.reference"), "field-reference");
    }
}
