"""What offers, needs, exchanges and funds hold of people, and how it is forgotten."""

from countries.personal import ALL, Table

_STATES = "from_status to_status"

TABLES = {
    "exchanges.Offer": Table(
        links={"lead": ALL, "endorsed_by": "id code country opened_at"},
        words="title summary closing_note capacity_note conditions",
        impersonal="code form_key",
    ),
    "exchanges.Need": Table(
        links={"lead": ALL, "endorsed_by": "id code country opened_at"},
        words="title summary closing_note outcome beneficiaries budget_note",
        impersonal="code form_key",
    ),
    "exchanges.NeedCountry": Table(links={"joined_by": ALL}),
    "exchanges.Match": Table(
        links={
            "proposed_by": "id need country origin note created_at",
            "need_answered_by": "id need country need_answer need_reason need_answered_at",
            "country_answered_by": "id need country country_answer country_reason country_answered_at",
        },
        words="note need_reason country_reason",
        impersonal="reasons",
    ),
    "exchanges.OfferEvent": Table(links={"actor": ALL}, words="note", impersonal=_STATES),
    "exchanges.NeedEvent": Table(links={"actor": ALL}, words="note", impersonal=_STATES),
    "exchanges.ExchangeEvent": Table(links={"actor": ALL}, words="note", impersonal=_STATES),
    "exchanges.CalendarAddress": Table(links={"user": ALL}, hidden="token_digest", removed="user"),
    "exchanges.Exchange": Table(
        links={"proposed_by": ALL},
        words="title topic objective outputs cost_share outcome lessons amount_text sources ending_note",
        impersonal="code currency external_id form_key",
    ),
    "exchanges.Signature": Table(links={"signed_by": ALL}),
    "exchanges.Amendment": Table(links={"changed_by": ALL}, words="reason terms replaced ending_note"),
    "exchanges.Message": Table(links={"author": ALL}, words="text"),
    "exchanges.Document": Table(links={"added_by": ALL}, words="title url"),
    "exchanges.Report": Table(links={"author": ALL}, words="text"),
    "exchanges.Appraisal": Table(links={"author": ALL}, words="text"),
    "exchanges.FollowUp": Table(links={"done_by": ALL}, words="note"),
    "exchanges.Fund": Table(
        links={"updated_by": ALL},
        words="name host size_text eligibility link note sources",
        impersonal="form_key slug currency external_id",
    ),
    "exchanges.Call": Table(links={"updated_by": ALL}, words="title eligibility link", impersonal="form_key currency"),
    "exchanges.Project": Table(
        links={"updated_by": ALL},
        words="title description amount_text outcome sources",
        impersonal="code form_key currency external_id",
    ),
    "exchanges.Contribution": Table(
        links={"updated_by": ALL, "recorded_by": ALL},
        words="description source",
        impersonal="form_key currency external_id",
    ),
    # Written down for a party by whoever; nobody is named or noted.
    "exchanges.Party": Table(impersonal="institution"),
    "exchanges.Activity": Table(impersonal="title place note"),
    "exchanges.Attendance": Table(impersonal="institution"),
    "exchanges.Milestone": Table(impersonal="title note"),
    "exchanges.Commitment": Table(impersonal="text"),
    "exchanges.BudgetLine": Table(impersonal="description currency"),
    "exchanges.ImpactFigure": Table(impersonal="measure"),
}
