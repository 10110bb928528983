//! The whole way of the binary, from a configuration file to the bills in the books, as a contract: one test for the
//! good day, and one for every kind of bad input.

mod account;
mod after_the_sync;
mod answered_failures;
mod blanks;
mod by_status;
mod catching_up;
mod changed_meanwhile;
mod clock_words;
mod coming_back;
mod configuration;
mod credentials;
mod decisions;
mod desk;
mod dirty_answers;
mod edited_journal;
mod existing_bills;
mod finishing;
mod further_fields;
mod good_day;
mod holds;
mod journal_file;
pub(crate) mod killed;
mod lost_journal;
mod month;
pub(crate) mod one_process;
mod parked;
mod reading_troubles;
mod retention;
mod short_windows;
mod stockins;
mod storm;
mod unread;
mod vanished_file_system;
mod vanished_journal;
mod why_tells;
mod writing_troubles;
