"""What every email needs that we send through SES, to on-call people and subscribers alike."""

# Source: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html (errors)
NEVER = frozenset({"BadRequestException", "MessageRejected", "NotFoundException"})
# The account may not send for now: every mail would fail, so none is tried for a while.
PAUSED = frozenset(
    {"AccountSuspendedException", "SendingPausedException", "MailFromDomainNotVerifiedException"}
)
MAX_SUBJECT = 180
REPEAT_MARK = "Repeat: this may have reached you already."
