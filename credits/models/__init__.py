"""The credit ledger's tables, one module per noun."""

from credits.models.activities import Accreditation, Activity, DeliveryMode
from credits.models.audits import AuditPack
from credits.models.awards import Award, AwardEntry, AwardHolder, Claim, Dossier, DossierFile, RevocationReason
from credits.models.boards import Board, CertificateField
from credits.models.bulk import BulkChange, BulkLine
from credits.models.certificates import Certificate, SigningKey, StatusList
from credits.models.closed_cycles import ClosedCycle
from credits.models.consents import ReportConsent
from credits.models.external import ExternalCredit, ExternalEntry, ExternalProof
from credits.models.flags import CompletionFlag, is_suspended
from credits.models.held import BirthDate, HeldCredential
from credits.models.holds import LegalHold, Removal
from credits.models.imports import CertificateImport, ImportRow
from credits.models.licences import Licence, LicenceOverride, LicenceRenewal, LicenceStatus, MetDuty
from credits.models.offerings import Offering
from credits.models.petitions import PetitionPack
from credits.models.reminders import ReminderSettings
from credits.models.reports import ReportBatch, ReportCourse, ReportOmission, ReportResult, ReportRoute, ReportRow
from credits.models.revisions import FactVerification, RuleRevision, RulesStamp, RuleTrial, RuleTrialRow
from credits.models.snapshots import EvaluatedRules, StandingMark, StandingSnapshot
from credits.models.transcript_links import TranscriptLink
from credits.models.worklist import OfficerTask

__all__ = [
    "Accreditation",
    "Activity",
    "AuditPack",
    "Award",
    "AwardEntry",
    "AwardHolder",
    "BirthDate",
    "Board",
    "BulkChange",
    "BulkLine",
    "Certificate",
    "CertificateField",
    "CertificateImport",
    "Claim",
    "ClosedCycle",
    "CompletionFlag",
    "DeliveryMode",
    "Dossier",
    "DossierFile",
    "EvaluatedRules",
    "ExternalCredit",
    "ExternalEntry",
    "ExternalProof",
    "FactVerification",
    "HeldCredential",
    "ImportRow",
    "LegalHold",
    "Licence",
    "LicenceOverride",
    "LicenceRenewal",
    "LicenceStatus",
    "MetDuty",
    "Offering",
    "OfficerTask",
    "PetitionPack",
    "ReminderSettings",
    "Removal",
    "ReportBatch",
    "ReportConsent",
    "ReportCourse",
    "ReportOmission",
    "ReportResult",
    "ReportRoute",
    "ReportRow",
    "RevocationReason",
    "RuleRevision",
    "RuleTrial",
    "RuleTrialRow",
    "RulesStamp",
    "SigningKey",
    "StandingMark",
    "StandingSnapshot",
    "StatusList",
    "TranscriptLink",
    "is_suspended",
]
