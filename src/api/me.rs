//! The caller: who the server takes them for, and their message box.

use actix_web::{HttpRequest, HttpResponse, get, web};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::answer::{One, Page, page_of_unknown};
use super::body::NoQuery;
use super::extract::Caller;
use super::messages::MessagePage;
use super::paging;
use super::problem::Problem;
use crate::access::{self, Mandate};
use crate::cases::{self, Context, MessageView};
use crate::kernel::{Actor, Assurance, Post, Result};

/// Who the caller is, as the policy sees them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Me)]
pub struct MeView {
    /// The subject in the issuer's words.
    pub subject: String,
    /// Null where no register knows the caller.
    pub person: Option<Uuid>,
    /// The organisation that is acted for in this request.
    pub acting_for: Option<Uuid>,
    /// How sure the issuer is: `low`, `substantial` or `high`.
    #[schema(example = "substantial")]
    pub assurance: &'static str,
    /// Posts held today.
    pub posts: Vec<PostView>,
    /// Organisations that the caller may sign for today: what `X-Acting-For` may name.
    pub organisations: Vec<MandateView>,
}

/// An organisation that the caller may sign for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mandate)]
pub struct MandateView {
    pub id: Uuid,
    /// One for each script.
    #[schema(value_type = Vec<Object>, example = json!([{"script": "Latn", "full": "Sunrise Traders Ltd"}]))]
    pub names: Value,
    /// The last day.
    pub until: Option<Date>,
}

impl From<Mandate> for MandateView {
    fn from(mandate: Mandate) -> Self {
        Self { id: mandate.organisation.0, names: mandate.names, until: mandate.until }
    }
}

/// A role held in an office.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Post)]
pub struct PostView {
    pub role: String,
    pub office: String,
    pub authority: String,
    /// The last day.
    pub until: Option<Date>,
}

impl From<&Post> for PostView {
    fn from(post: &Post) -> Self {
        let Post { role, office, authority, until } = post.clone();
        Self { role, office, authority, until }
    }
}

impl MeView {
    fn of(actor: &Actor, mandates: Vec<Mandate>) -> Self {
        Self {
            subject: actor.subject.clone(),
            person: actor.person.map(|person| person.0),
            acting_for: actor.acting_for.map(|organisation| organisation.0),
            assurance: match actor.assurance {
                Assurance::Low => "low",
                Assurance::Substantial => "substantial",
                Assurance::High => "high",
            },
            posts: actor.posts.iter().map(PostView::from).collect(),
            organisations: mandates.into_iter().map(MandateView::from).collect(),
        }
    }
}

/// Tells who the caller is.
#[utoipa::path(
    operation_id = "read_me", tag = "cases", security(("bearer" = [])),
    responses(
        (status = 200, description = "The caller.", body = MeView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/me")]
pub async fn read_me(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let mandates = match caller.person {
        Some(person) => access::mandates_of(&mut ctx.db.single().await?, person, ctx.clock.now()).await?,
        None => Vec::new(),
    };
    Ok(One::new(&MeView::of(&caller, mandates), 1)?.to(&request))
}

/// Lists the caller's messages.
///
/// Notices and letters of all cases, the newest first. What is shown counts as read.
#[utoipa::path(
    operation_id = "list_my_messages", tag = "messages", security(("bearer" = [])), params(MessagePage),
    responses((status = 200, description = "A page.", body = Page<MessageView>))
)]
#[get("/v1/me/messages")]
pub async fn list_my_messages(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    asked: web::Query<MessagePage>,
) -> Result<HttpResponse, Problem> {
    let limit = paging::limit(asked.limit)?;
    let before: Option<Uuid> = paging::decode(asked.cursor.as_deref())?;
    // Not one more than is shown: it would count as read.
    let rows = cases::my_messages(&ctx, &caller, before, i64::from(limit)).await?;
    Ok(page_of_unknown(&request, rows, limit, |row| row.id)?)
}
