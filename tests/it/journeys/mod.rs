//! Whole ways through the product, as the people walk them.

mod citizen;
mod officer;
mod organisation;
mod residence;
