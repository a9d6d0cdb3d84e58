//! Each business rule of the services proved over HTTP on a real database: one file a rule, named after it.

mod admission_or_missing_papers;
mod certificate_can_be_verified;
mod competent_offices_follow_the_mouza;
mod contact_is_not_taken_from_others;
mod dcr_is_paid_before_the_khatian;
mod draft_is_not_lost;
mod each_decision_keeps_its_outcome;
mod fees_follow_the_tariff;
mod field_report_is_due_in_seven_days;
mod form_fee_opens_the_form;
mod four_eyes;
mod government_land_is_not_transferred;
mod helper_files_for_somebody;
mod letters_reach_a_side;
mod messages_at_each_stage;
mod papers_are_complete;
mod part_transfer_leaves_the_remainder;
mod refusal_needs_grounds;
mod representative_acts_for_the_buyer;
mod revocation_shows_at_once;
mod seller_holds_what_is_sold;
mod several_buyers_have_shares;
mod strangers_are_told_nothing;
mod two_cases_on_one_plot;
mod who_is_asked_sees_and_answers;
mod withdrawal_until_the_decision;
