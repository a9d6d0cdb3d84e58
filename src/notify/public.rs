//! What the public is told: a board that anybody reads.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store;
use crate::cases::{Announced, Context, Named};
use crate::engine::texts::negotiate;
use crate::kernel::{Error, Result};

/// A notice on the board.
#[derive(Debug, Serialize, ToSchema)]
pub struct PublicNotice {
    pub id: Uuid,
    pub service: Named,
    /// The office that has the case.
    pub office: Named,
    /// What it is about, such as `hearing_announced`.
    pub about: String,
    pub subject: String,
    pub body: String,
    pub language: String,
    pub published_at: Timestamp,
}

/// Puts a notice on the board; one that is there already stays as it is.
///
/// # Errors
/// [`Error::Internal`] where a text is missing; those of the database.
pub async fn publish(ctx: &Context, told: Announced) -> Result<()> {
    let def = ctx.catalogue.version(&told.service, &told.version);
    let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    let mut words = serde_json::Map::new();
    for (language, args) in &told.args {
        let mut args = args.clone();
        args.insert("url".into(), ctx.settings.public_url.clone());
        let said = super::notice(&def.texts, language, &told.about.replace('_', "-"), &args)?;
        words.insert(language.clone(), serde_json::json!({"subject": said.subject, "body": said.body}));
    }
    store::publish(&mut ctx.db.single().await?, &told, Value::Object(words), ctx.clock.now()).await
}

/// The board, newest first: of a service, of an office, or all of it.
///
/// # Errors
/// Those of the database.
pub async fn board(
    ctx: &Context,
    service: Option<&str>,
    office: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
    accept: &str,
) -> Result<Vec<PublicNotice>> {
    let rows = store::board(&mut ctx.db.single().await?, service, office, before, limit).await?;
    Ok(rows.into_iter().map(|row| shown(ctx, row, accept)).collect())
}

fn shown(ctx: &Context, row: store::PublicRow, accept: &str) -> PublicNotice {
    let def = ctx.catalogue.version(&row.service, &row.version);
    let language = negotiate(accept, def.map_or(&[], |def| def.languages.as_slice()));
    let said = |what: &str| row.words[&language][what].as_str().unwrap_or_default().to_owned();
    let title = def.and_then(|def| def.texts.format(&language, "service", None, &Default::default()));
    let offices = &ctx.catalogue.country().agencies.offices;
    let office = offices.get(&row.office).and_then(|o| o.name.get(&language).or(o.name.values().next())).cloned();
    PublicNotice {
        id: row.id,
        subject: said("subject"),
        body: said("body"),
        service: Named { title: title.unwrap_or_else(|| row.service.clone()), id: row.service },
        office: Named { title: office.unwrap_or_else(|| row.office.clone()), id: row.office },
        about: row.about,
        language,
        published_at: row.published_at,
    }
}
