from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "credits"

    def ready(self) -> None:
        from accounts.models import Role
        from core import desk
        from credits import receivers  # noqa: F401  # connects the listeners
        from credits.revisions.in_force import rules_in_force
        from credits.rulebook.in_use import take_from

        take_from(rules_in_force)

        team = (Role.CE_OFFICER, Role.STAFF)
        desk.register("Credit ledger", "credits_desk:overview", roles=team, group="Credit", order=10)
        desk.register("To do", "credits_desk:task_list", roles=team, group="Credit", order=15)
        desk.register("Post room", "credits_desk:report_list", roles=team, group="Credit", order=18)
        desk.register("Who lacks what", "credits_desk:deficiency_list", roles=team, group="Credit", order=17)
        desk.register("Awards", "credits_desk:award_list", roles=team, group="Credit", order=20)
        desk.register("Completions", "credits_desk:dossier_list", roles=team, group="Credit", order=30)
        desk.register("Earlier certificates", "credits_desk:import_list", roles=(Role.CE_OFFICER,), group="Credit", order=33)
        desk.register("Licences", "credits_desk:licence_list", roles=team, group="Credit", order=35)
        desk.register("Earned elsewhere", "credits_desk:external_list", roles=team, group="Credit", order=37)
        desk.register("Approvals", "credits_desk:accreditation_list", roles=team, group="Credit", order=40)
        desk.register("Activities", "credits_desk:activity_list", roles=team, group="Credit", order=50)
        desk.register("Audit packs", "credits_desk:audit_pack_list", roles=team, group="Credit", order=70)
        desk.register("Rules", "credits_desk:rule_list", roles=team, group="Credit", order=65)
        desk.register("Retention", "credits_desk:retention", roles=team, group="Credit", order=75)
        desk.register("Boards", "credits_desk:board_list", roles=team, group="Credit", order=60)
