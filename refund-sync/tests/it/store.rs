//! What every store must be able to do, as one suite (`conformance`, `decisions`, `desk`, `goods`, `halts`, `lists`, `retention`, `retries`,
//! `waits`), run on
//! each store there is.
//! What only a file can be asked is in `file`.

mod audit;
pub(crate) mod conformance;
mod cost;
mod decisions;
mod desk;
mod edited;
pub(crate) mod file;
mod goods;
mod halts;
mod lists;
mod migration;
mod presence;
mod retention;
mod retries;
mod waits;

use refund_sync::store::{Postgres, Sqlite};

use crate::postgres::cluster::Database;

/// One test of the suite each, on every store; what a store needs beside it lives as long as the test.
macro_rules! conformance {
    ($($name:ident)*) => {
        mod sqlite {$(
            #[tokio::test]
            async fn $name() {
                let (_folder, store) = super::sqlite();
                super::conformance::$name(&store).await;
            }
        )*}

        mod postgres {$(
            #[tokio::test]
            async fn $name() {
                let Some((_database, store)) = super::postgres().await else { return };
                super::conformance::$name(&store).await;
            }
        )*}
    };
}

fn sqlite() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&folder.path().join("journal.db")).unwrap();
    (folder, store)
}

async fn postgres() -> Option<(Database, Postgres)> {
    let database = Database::make().await?;
    let store = Postgres::work(&database.url(), &[1, 2], "a test").await.unwrap();
    Some((database, store))
}

conformance! {
    a_pipeline_is_made_once_and_found_again
    an_older_row_that_arrives_late_changes_nothing
    of_two_rows_of_one_time_the_one_asked_for_later_wins
    a_page_that_is_read_twice_is_journalled_once
    two_pipelines_know_the_same_number_without_knowing_each_other
    a_newer_row_waits_while_the_fate_of_the_bill_is_unknown
    a_row_that_comes_while_the_writer_holds_its_copy_is_not_overwritten
    a_bill_of_an_older_row_is_not_intended_any_more
    documents_are_due_in_order_and_not_before_their_time
    what_can_move_is_pending_and_what_waits_for_a_person_is_not
    an_intent_puts_its_call_on_every_document_it_carries
    an_unanswered_document_knows_when_its_call_last_showed_life
    after_a_crash_only_calls_without_an_answer_are_in_doubt
    new_rules_free_what_the_old_ones_refused_and_nothing_that_has_a_bill
    a_request_stays_until_it_is_answered
    the_cursor_moves_only_forward_and_only_when_told
    a_walked_window_takes_the_place_of_what_was_only_read
    what_is_read_beside_the_live_feed_moves_neither_end_of_the_ledger
    walked_windows_are_found_by_the_span_they_touch
    documents_are_found_by_number_and_by_the_day_they_are_booked
    every_return_is_told_once_and_no_row_without_one
    a_stop_is_remembered_until_it_is_lifted
    a_run_closes_its_firing_with_it_and_a_pause_lasts_until_it_is_lifted
    the_last_note_of_a_topic_is_the_one_that_counts
    a_life_is_told_in_the_order_it_happened
    what_is_parked_is_found_by_number_or_all_at_once
    parked_documents_are_turned_over_page_by_page
    what_was_brought_to_its_end_is_counted_by_the_hour
    what_persons_did_is_kept_newest_first
    every_change_shows_in_the_revision
    a_list_is_narrowed_down_by_everything_at_once_and_a_foreign_word_finds_nothing
    a_list_adds_up_to_the_cent_by_cause_and_by_shop_whatever_part_of_it_is_shown
    a_list_is_sorted_by_each_of_its_columns_and_what_has_none_comes_last
    what_first_came_up_stays_so_through_retries_and_is_over_when_it_is_done
    what_is_not_in_scope_is_a_list_with_money_and_fills_in_what_was_not_kept
    a_return_is_on_the_list_of_each_of_its_flags
    a_return_is_found_by_each_of_its_numbers_in_any_case_and_by_how_they_begin
    a_shop_is_called_what_its_latest_row_or_the_list_of_shops_calls_it
    the_settled_past_is_shown_in_pieces
    windows_that_cannot_be_are_counted_and_forgotten
    a_pipeline_gets_another_name_with_everything_it_has
    documents_that_contradict_themselves_are_set_aside_and_no_other
    what_is_over_goes_and_its_document_stays
    what_is_young_or_not_at_its_end_stays_whole
    the_past_goes_in_parts_and_one_that_was_broken_off_is_begun_again
    stock_ins_wait_for_their_return
    of_one_stock_in_the_newer_row_is_kept
    a_parked_return_goes_on_when_its_stock_in_comes
    a_stock_in_changes_no_return_that_left_the_filter
    a_return_is_looked_up_for_its_goods_once
    parked_documents_come_due_in_order_and_never_without_a_time
    an_attempt_that_a_wrong_clock_put_off_for_years_is_brought_back
    a_wait_of_which_is_known_what_has_passed_goes_on
    a_wait_of_which_nobody_knows_what_has_passed_begins_anew
    what_a_wrong_clock_put_off_for_years_is_brought_back
    what_was_decided_is_kept_listed_and_taken_back
    a_decision_is_left_for_whoever_works_the_journal
}
