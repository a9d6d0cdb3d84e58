//! What was issued: anybody who holds the code verifies it, who may read the case prints it, the office revokes it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::act::RequestKey;
use super::context::Context;
use super::perform::{Admitted, admitted};
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

/// Verifies a certificate: public.
///
/// # Errors
/// [`Error::NotFound`]; those of the database.
#[tracing::instrument(level = "debug", name = "certificate.verify", skip_all)]
pub async fn verify_certificate(ctx: &Context, code: &str, accept: &str) -> Result<CertificateView> {
    let (row, def) = found(ctx, code).await?;
    log_verification(ctx, &row).await?;
    let language = view::language(&def, accept);
    let text = |id: &str| def.texts.format(&language, id, None, &BTreeMap::new()).unwrap_or_else(|| id.to_owned());
    let head = def.templates.get(&row.template).map(crate::engine::certificate::Template::head);
    let field = |path: &String| {
        let value = path.split('.').try_fold(&row.content, |at, member| at.get(member)).cloned().unwrap_or(Value::Null);
        FieldView { name: path.clone(), title: text(&field_text(path)), value }
    };
    let valid_until = row.valid_until;
    let revoked_at = row.revoked_at;
    let expired = valid_until.is_some_and(|until| until <= ctx.clock.now());
    let state = if revoked_at.is_some() {
        "revoked"
    } else if expired {
        "expired"
    } else {
        "valid"
    };
    let names = ctx.catalogue.country().agencies.authorities.get(&row.authority).map(|a| &a.name);
    Ok(CertificateView {
        kind: text(head.map_or("service", |h| h.kind_text.as_str())),
        issuer: names
            .and_then(|n| n.get(&language).or(n.values().next()))
            .cloned()
            .unwrap_or_else(|| row.authority.clone()),
        issued_on: def.time.day_of(row.issued_at),
        valid_until: valid_until.and_then(|until| def.time.day_of(until).yesterday().ok()),
        state: state.into(),
        revoked_at,
        fields: head.map(|h| h.public.iter().map(field).collect()).unwrap_or_default(),
        code: row.code,
        language,
    })
}

/// Whoever holds the code reads what is on the paper: nobody known, yet a read, and the people concerned are to see it.
async fn log_verification(ctx: &Context, row: &CertificateRow) -> Result<()> {
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
    ctx.recorder.record(audit::seal(&Actor::anonymous("verification"), entry, ctx.clock.now())).await
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
    let view::Read { permit, loaded, tx, .. } =
        view::read(ctx, actor, CaseId(row.case_id), Action::ReadCase, name).await?;
    drop(tx);
    if permit.narrowed_to.is_some() {
        return ctx.refuse(actor, name, Some(CaseId(row.case_id)), Error::NotFound).await;
    }
    view::record(ctx, actor, &permit, &loaded, name).await?;
    Ok((row, def))
}

/// The document, ready to print, in every language of the service.
///
/// # Errors
/// Refusals of the policy; those of the database and the template.
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
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "certificate.token", skip_all)]
pub async fn certificate_token(ctx: &Context, actor: &Actor, code: &str) -> Result<String> {
    let (row, def) = readable(ctx, actor, code, "certificate.read").await?;
    let public = def.templates.get(&row.template).map(|t| t.head().public.clone()).unwrap_or_default();
    let value =
        |path: &String| path.split('.').try_fold(&row.content, |at, m| at.get(m)).cloned().unwrap_or(Value::Null);
    let fields: serde_json::Map<String, Value> = public.iter().map(|path| (path.clone(), value(path))).collect();
    ctx.keys.sign(&json!({
        "iss": ctx.settings.public_url, "jti": row.code, "iat": row.issued_at.as_second(),
        "exp": row.valid_until.map(|until| until.as_second()),
        "sub": address(ctx, &row.code), "authority": row.authority, "service": row.service, "version": row.version,
        "template": row.template, "fields": fields,
    }))
}

/// Characters of the reason for a revocation.
const REASON_MAX: usize = 1_000;

/// Takes a certificate back. Who verifies it sees that at once.
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
    let case = match found(ctx, code).await {
        Ok((row, _)) => CaseId(row.case_id),
        Err(error) => return ctx.refuse(actor, "certificate.revoke", None, error).await,
    };
    match revoke(ctx, actor, code, case, reason, key).await {
        Ok(()) => Ok(()),
        Err(error) => ctx.refuse(actor, "certificate.revoke", Some(case), error).await,
    }
}

async fn revoke(
    ctx: &Context,
    actor: &Actor,
    code: &str,
    case: CaseId,
    reason: &str,
    key: Option<RequestKey>,
) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::invalid("/reason", "required"));
    }
    if reason.chars().count() > REASON_MAX {
        return Err(Error::Invalid(vec![Fault::new("/reason", "max_length").with("limit", REASON_MAX)]));
    }
    let code = normal(code).ok_or(Error::NotFound)?;
    // The reason that is given is the purpose, too.
    let actor =
        &Actor { purpose: actor.purpose.clone().or_else(|| Some(reason.chars().take(200).collect())), ..actor.clone() };
    let mut tx = ctx.db.begin().await?;
    store::check_key(&mut tx, key.as_ref()).await?;
    let Admitted { permit, loaded, .. } = admitted(ctx, &mut tx, actor, Sought::Case(case), Action::Revoke).await?;
    let now = ctx.clock.now();
    if !store::add_revocation(&mut tx, &code, reason, now).await? {
        return Err(Error::Conflict("revoked_already".into()));
    }
    store::keep_key(&mut tx, key.as_ref(), case.0).await?;
    let entry = Entry {
        case: Some(case),
        purpose: Some(permit.purpose.clone()),
        post: permit.post.clone(),
        subjects: loaded.subjects.clone(),
        details: json!({"certificate": code}),
        ..Entry::done("certificate.revoke")
    };
    audit::append(&mut tx, &[audit::seal(actor, entry, now)]).await?;
    tx.commit().await
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
