"""What the stand-ins are known to do otherwise than AWS: the test that fails, and what they do.

The suite expects these tests to fail, and fails itself when one of them passes. docs/conformance.md
shows the same table; a test holds the two together.
"""

DEVIATIONS: dict[str, dict[str, str]] = {
    "simulation": {
        "test_a_repeated_request_with_the_same_token_is_done_once": (
            "It takes no notice of tokens: only retries inside boto3 repeat one."
        ),
        "test_a_token_stands_for_one_request_only": (
            "It takes no notice of tokens: only retries inside boto3 repeat one."
        ),
    },
    "moto": {
        "test_things_of_different_types_are_in_no_order": "It breaks with a TypeError.",
        "test_an_expression_is_refused_for[a name that nobody defined]": (
            "It breaks with a KeyError."
        ),
        "test_an_expression_is_refused_for[a value that nobody defined]": (
            "It breaks with a KeyError."
        ),
        "test_an_expression_is_refused_for[a value that nothing uses]": "It lets the value pass.",
        "test_a_number_comes_back_without_what_does_not_count": "It gives back the text as sent.",
        "test_what_is_no_number_is_refused[1e126]": "It takes numbers of any size.",
        "test_a_number_has_at_most_38_digits": "It takes numbers of any length.",
        "test_an_item_takes_400_kb_with_the_names_of_its_attributes": (
            "It refuses items of more than 405,000 bytes already; 400 KB are 409,600."
        ),
        "test_an_answer_that_its_limit_ended_may_have_been_the_last": (
            "It looks ahead, and leaves the LastEvaluatedKey out."
        ),
        "test_a_write_that_changes_nothing_makes_no_record": "It records every put and update.",
        "test_a_repeated_request_with_the_same_token_is_done_once": "It takes no notice of tokens.",
        "test_a_token_stands_for_one_request_only": "It takes no notice of tokens.",
        "test_a_name_is_remembered_when_its_message_is_gone": (
            "It looks for the name among the messages that are still there."
        ),
        "test_names_count_within_a_group_only": (
            "It takes no notice of DeduplicationScope: names count for the whole queue."
        ),
        "test_a_receipt_that_expired_deletes_nothing": "It deletes the message.",
        "test_a_message_is_dropped_when_its_time_is_over": (
            "It gives no message at all in a receive that meets one that is over."
        ),
        "test_a_receive_that_is_repeated_under_its_name_gives_the_same_messages": (
            "It takes no notice of names: a lost answer hides its messages."
        ),
        "test_dead_letters_begin_a_new_life": (
            "It lets them keep their age, as those of standard queues do."
        ),
        "test_a_message_that_is_not_in_flight_any_more_cannot_be_kept": (
            "It hides the message that others could have received already."
        ),
    },
    "emulator": {
        "test_what_stayed_unread_is_named_and_can_be_asked_for_again": (
            "It answers with everything, however large."
        ),
        "test_a_delay_is_a_quarter_of_an_hour_at_most": "It delays for as long as asked.",
        "test_the_entries_of_a_batch_are_answered_one_by_one": (
            "It takes the entry that delays for too long."
        ),
        "test_deleting_a_message_again_is_no_error": "It refuses: ReceiptHandleIsInvalid.",
        "test_a_receive_that_is_repeated_under_its_name_gives_the_same_messages": (
            "It takes no notice of names: a lost answer hides its messages."
        ),
        "test_a_receipt_that_expired_deletes_nothing": "It deletes the message.",
        "test_a_message_that_is_not_in_flight_any_more_cannot_be_kept": (
            "It hides the message that others could have received already."
        ),
    },
}
