//! What a case shows of others: remedies in it, the one that it is a remedy in, and cases that were opened from it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::view::Named;

/// A remedy that was lodged.
#[derive(Debug, Serialize, ToSchema)]
pub struct LodgedView {
    /// The case that is heard of it.
    pub case: Uuid,
    pub remedy: Named,
    /// 1 for the first instance.
    pub level: u32,
    /// How it ended; none while it is pending.
    pub end: Option<String>,
}

/// What a case is a remedy in.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemedyInView {
    /// The case whose decision it is against.
    pub case: Uuid,
    pub reference: String,
    pub remedy: String,
    /// 1 for the first instance.
    pub level: u32,
}

/// A case that a step opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedView {
    pub case: Uuid,
    pub reference: String,
    /// The step that opened it.
    pub step: Named,
    /// How it ended; none while it has not.
    pub end: Option<String>,
}

/// The case that opened one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenedByView {
    pub case: Uuid,
    pub reference: String,
    pub service: String,
}
