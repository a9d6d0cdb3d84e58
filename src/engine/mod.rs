//! The rules of procedure, pure: definitions and their language, forms, FEEL, calendars, fees, the decider and the
//! scenarios. On kernel types only. Nothing here waits, stores, draws lots or looks at a clock.

pub mod calendar;
pub mod certificate;
pub mod check;
pub mod definition;
pub mod diagram;
pub mod dmn;
pub mod explain;
pub mod feel;
pub mod forms;
pub mod numbering;
pub mod scenario;
pub mod schema;
pub mod texts;
pub mod workflow;
