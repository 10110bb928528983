//! The status page, request by request and without a browser: who is let in, what is shown, what can be ordered.

mod act;
mod api;
mod decide;
mod desk;
mod door;
mod fill;
mod languages;
mod list;
mod look;
mod scale;
mod users;
mod visit;
