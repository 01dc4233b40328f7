//! What browsers report about the policies that they were sent.

mod body;
mod clean;
mod error;
mod reader;
mod violation;

pub use self::{
    error::ReportError,
    reader::{ReportLimits, Reports, read_reports},
    violation::{Report, ReportDisposition, ReportKind},
};
