//! The report of a rollout for a release tracker: one model, told as Markdown, as HTML and as JSON.
//!
//! `telling` says what is told and in which order, once, to a `page::Page`; Markdown and HTML are pages. JSON is the
//! model itself; its schema is `assets/report.schema.json`.

mod chart;
mod facts;
mod html;
mod incident;
mod log;
mod markdown;
mod model;
mod page;
mod promotion;
mod steps;
mod svg;
mod telling;
mod telling_past;
mod telling_stops;

pub use chart::{Charts, RateChart};
pub use facts::{Look, Made};
pub use html::html;
pub use incident::{Attempt, Incident, Incidents, Step};
pub use log::{Log, LogReading};
pub use markdown::{escape as escape_markdown, markdown};
pub use model::{REPORT_SCHEMA, Report};
