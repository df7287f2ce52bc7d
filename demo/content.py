"""What the demonstration school teaches, and who is there. Invented people; approval numbers are marked as examples."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

PASSWORD = "smrt-demo-2026"  # noqa: S105  (a public demonstration account, printed at start)


@dataclass(frozen=True)
class Person:
    email: str
    display_name: str
    given_names: str
    family_name: str
    time_zone: str
    roles: tuple[str, ...] = ()
    licences: tuple[tuple[str, str, str, date], ...] = ()  # board code, number, jurisdiction, day of issue


PEOPLE = [
    Person("staff@example.org", "Sam (staff)", "Samira", "Okafor", "America/Chicago", ("staff",)),
    Person("officer@example.org", "Robin (CE officer)", "Robin", "Castellanos", "America/New_York", ("ce_officer",)),
    Person("second.officer@example.org", "Kim (second CE officer)", "Kim", "Abara", "America/Denver", ("ce_officer",)),
    Person("instructor@example.org", "Ada (instructor)", "Ada", "Rivera", "America/Chicago", ("instructor",)),
    Person("learner@example.org", "Zoë", "Zoë", "Đặng-Müller", "America/New_York", (), (("us_fl_massage", "MA 00000", "US-FL", date(2019, 3, 14)),)),
    Person("trainer@example.org", "Noor", "نور", "الهاشمي", "America/Los_Angeles", (), ()),
    Person("bodyworker@example.org", "Yuki", "由紀", "山田", "America/Denver", (), ()),
    Person("new@example.org", "Mika", "Mika", "Levi", "America/Chicago"),
]


@dataclass(frozen=True)
class Question:
    text: str
    right: str
    wrong: tuple[str, str, str]
    lesson: int  # which lesson to watch again, from 0
    explanation: str


@dataclass(frozen=True)
class LessonContent:
    title: str
    scene: str
    seconds: int
    notes: str
    is_preview: bool = False


@dataclass(frozen=True)
class CourseContent:
    slug: str
    title: str
    topic: str
    summary: str
    objectives: str
    lessons: tuple[LessonContent, ...]
    questions: tuple[Question, ...]
    approvals: tuple[tuple[str, str, str, str], ...] = field(default=())  # board code, approved title, units, approval number
    is_free: bool = True


def replace_lessons(course: CourseContent, lessons: tuple[LessonContent, ...]) -> CourseContent:
    return replace(course, lessons=lessons, questions=tuple(replace(question, lesson=0) for question in course.questions))


POLICIES = (
    "Registration: sign up and enrol; a course opens at once. Cancellation and refund: full refund within 14 days while no "
    "certificate has been issued. There is no extra fee for a certificate."
)

KNEE = CourseContent(
    slug="smrt-for-the-knee",
    title="SMRT for the Knee",
    topic="Knee",
    summary="Release the hamstrings, the gastrocnemius and the calcaneal tendon, and see why the knee feels better when its neighbours let go.",
    objectives=(
        "Name the muscles that cross the back of the knee and say what each does.\n"
        "Position a client so that the hamstrings are short and at ease.\n"
        "Recognise three signs that mean stop and refer."
    ),
    lessons=(
        LessonContent("Hamstrings: position and release", "knee", 24, "Bolster under the shin; the tissue is slack before the hands arrive.", is_preview=True),
        LessonContent("Gastrocnemius and calcaneal tendon", "knee", 30, "Plantar flex first, then follow the tissue."),
    ),
    questions=(
        Question(
            "Which muscles cross the back of the knee and flex it?",
            "The hamstrings",
            ("The quadriceps", "The gluteus medius", "The tibialis anterior"),
            0,
            "The hamstrings run from the sit bone to below the knee.",
        ),
        Question(
            "In SMRT, the tissue is worked while it is …",
            "short and at ease",
            ("stretched to its end", "contracted against resistance", "cooled with ice"),
            0,
            "Slack tissue lets go without force.",
        ),
        Question(
            "Where does a bolster go when the client lies face down for hamstring work?",
            "Under the shins",
            ("Under the ribs", "Under the forehead only", "Nowhere"),
            0,
            "A bent knee takes the stretch out of the hamstrings.",
        ),
        Question(
            "Pain behind the knee with a hot, swollen calf calls for …",
            "stopping and referring to a physician",
            ("deeper pressure", "a longer hold", "a faster rhythm"),
            0,
            "A clot has to be excluded before any bodywork.",
        ),
        Question(
            "Which hamstring lies on the outer side?",
            "Biceps femoris",
            ("Semitendinosus", "Semimembranosus", "Gracilis"),
            0,
            "It ends at the head of the fibula.",
        ),
        Question(
            "The gastrocnemius crosses …",
            "the knee and the ankle",
            ("the hip and the knee", "the ankle only", "the knee only"),
            1,
            "That is why the ankle’s position changes its length at the knee.",
        ),
        Question(
            "Which movement of the foot slackens the calcaneal tendon?",
            "Plantar flexion",
            ("Dorsiflexion", "Inversion", "Toe spreading"),
            1,
            "Pointing the foot brings the ends together.",
        ),
        Question(
            "The calcaneal tendon is shared by the gastrocnemius and the …",
            "soleus",
            ("popliteus", "peroneus longus", "tibialis posterior"),
            1,
            "The two join above the heel.",
        ),
        Question(
            "A client felt a pop at the heel and cannot rise onto the toes. You …",
            "refer at once; the tendon may be torn",
            ("work the calf lightly", "stretch the foot", "tape the ankle"),
            1,
            "A torn tendon needs a physician, not hands-on work.",
        ),
        Question(
            "How do you know that the tissue has released?",
            "It softens and the joint moves more easily",
            ("The client holds the breath", "The skin turns white", "The muscle trembles"),
            1,
            "Softness and ease are the signs to wait for.",
        ),
    ),
    approvals=(("ncbtmb_ap", "SMRT for the Knee", "2", "EXAMPLE-1001"),),
)

HIP = CourseContent(
    slug="smrt-for-the-hip",
    title="SMRT for the Hip",
    topic="Hip",
    summary="Gluteus maximus, the hip flexors and “dormant butt syndrome”: wake what sleeps, quiet what works too hard.",
    objectives=(
        "Explain how short hip flexors and a silent gluteus maximus belong together.\n"
        "Release the hip flexors with the client at ease.\n"
        "Give two exercises that keep the change."
    ),
    lessons=(
        LessonContent("Gluteus maximus: waking what sleeps", "hip", 20, "Side-lying, pillow between the knees.", is_preview=True),
        LessonContent("Hip flexors: quieting what works too hard", "hip", 26, "Knee up, hand waits."),
    ),
    questions=(
        Question(
            "“Dormant butt syndrome” describes a gluteus maximus that …",
            "is slow to work when the hip extends",
            ("is too strong", "is torn", "has lost its nerve"),
            0,
            "Sitting long leaves it late to the work.",
        ),
        Question(
            "Which movement is the gluteus maximus’ main task?",
            "Hip extension",
            ("Hip flexion", "Knee extension", "Ankle dorsiflexion"),
            0,
            "It drives the thigh back.",
        ),
        Question(
            "Which muscle often takes over when the gluteus maximus is late?",
            "The hamstrings",
            ("The soleus", "The deltoid", "The masseter"),
            0,
            "They extend the hip too, and tire.",
        ),
        Question(
            "Good position for gluteus maximus work?",
            "Side-lying with a pillow between the knees",
            ("Standing on one leg", "Hanging", "Face up with straight legs"),
            0,
            "The tissue is short and the client rests.",
        ),
        Question(
            "Numbness in the saddle area calls for …",
            "emergency referral",
            ("more pressure", "a hot pack", "stretching"),
            0,
            "It can be cauda equina syndrome.",
        ),
        Question("The iliacus and psoas together are the …", "iliopsoas", ("adductor group", "rotator cuff", "triceps surae"), 1, "They share a tendon."),
        Question(
            "What puts the hip flexors at ease?",
            "Bringing the knee towards the chest",
            ("A straight leg over the table’s edge", "A bridge", "A lunge"),
            1,
            "Flexion brings the ends together.",
        ),
        Question(
            "Why does sitting for hours matter to the hip flexors?",
            "They rest short and stay short",
            ("They are stretched", "They lose their blood supply", "It does not matter"),
            1,
            "Tissue keeps the length it lives in.",
        ),
        Question(
            "Before working near the groin you …",
            "explain, ask for consent and drape",
            ("say nothing", "ask for silence", "dim the light only"),
            1,
            "Consent is asked for each region.",
        ),
        Question(
            "An exercise that keeps the change after release is …",
            "a slow bridge",
            ("a sit-up marathon", "holding the breath", "sitting cross-legged"),
            1,
            "It calls the gluteus maximus to its task.",
        ),
    ),
    approvals=(("ncbtmb_ap", "SMRT for the Hip", "2", "EXAMPLE-1002"),),
    is_free=False,
)

SHOULDER = CourseContent(
    slug="smrt-for-the-shoulder-and-neck",
    title="SMRT for the Shoulder and Neck",
    topic="Shoulder and neck",
    summary="Upper trapezius, levator scapulae and the muscles of the jaw: three holds for people who sit at a desk.",
    objectives="Name the muscles that lift the shoulder blade.\nRelease the upper trapezius without pressing on it.\nKnow when neck pain needs a physician.",
    lessons=(LessonContent("Upper trapezius and levator scapulae", "shoulder", 20, "Bring the shoulder to the ear, then wait."),),
    questions=tuple(
        Question(text, right, wrong, 0, why)
        for text, right, wrong, why in (
            (
                "Which muscle lifts the shoulder blade and turns the neck?",
                "Levator scapulae",
                ("Pectoralis major", "Biceps", "Latissimus dorsi"),
                "Its name says what it does.",
            ),
            (
                "How is the upper trapezius put at ease?",
                "By bringing the shoulder towards the ear",
                ("By pulling the arm down", "By pressing on it", "By turning the head fast"),
                "Ends together, tissue slack.",
            ),
            (
                "Sudden severe headache with neck stiffness means …",
                "emergency referral",
                ("a longer session", "deeper work", "heat"),
                "It can be a bleed or an infection.",
            ),
            ("Which muscle closes the jaw?", "Masseter", ("Digastric", "Platysma", "Scalene"), "It is the strong one at the cheek."),
            ("The scalenes attach to …", "the first and second ribs", ("the sternum", "the scapula", "the mastoid"), "They lift the ribs in breathing."),
            (
                "Tingling in the hand during neck work means …",
                "ease off and change position",
                ("press on", "hold the breath", "speed up"),
                "A nerve is being pressed.",
            ),
            (
                "Dizziness when the head turns back calls for …",
                "stopping and referring",
                ("more rotation", "a pillow less", "standing up quickly"),
                "Blood flow to the brain may be affected.",
            ),
            (
                "How long does one wait for a release?",
                "Until the tissue softens",
                ("Exactly ten seconds", "One breath", "Five minutes by the clock"),
                "The tissue decides.",
            ),
            ("A desk worker’s shoulders are often …", "lifted and forward", ("low and back", "uneven by birth", "hypermobile"), "Work shapes posture."),
            (
                "After the release you …",
                "move the joint gently through its range",
                ("leave at once", "ice it", "tape it"),
                "Movement tells the body what it has gained.",
            ),
        )
    ),
)

COURSES = (KNEE, HIP, SHOULDER)

EVALUATION = (
    ("scale", "The course met its stated objectives."),
    ("scale", "I can use what I learned with clients."),
    ("scale", "Picture, sound and captions were good."),
    ("text", "What should we change?"),
)


@dataclass(frozen=True)
class VenueContent:
    name: str
    street: str
    city: str
    region: str
    postal_code: str
    lat: float
    lng: float
    time_zone: str


VENUES = (
    VenueContent("Bayfront Studio", "1 Palafox Street", "Pensacola", "FL", "32502", 30.4058, -87.2139, "America/Chicago"),
    VenueContent("Old Mill Rooms", "22 Dauphin Street", "Mobile", "AL", "36602", 30.6936, -88.0412, "America/Chicago"),
    VenueContent("Peachtree Bodywork School", "410 Ponce Street", "Atlanta", "GA", "30308", 33.7726, -84.3811, "America/New_York"),
    VenueContent("River House", "9 Congress Street", "Austin", "TX", "78701", 30.2672, -97.7431, "America/Chicago"),
    VenueContent("Front Range Movement", "300 Larimer Street", "Denver", "CO", "80202", 39.7477, -104.9964, "America/Denver"),
    VenueContent("Harbor Hall", "77 Commercial Street", "Boston", "MA", "02109", 42.3611, -71.0512, "America/New_York"),
    VenueContent("Cedar Room", "15 Pine Street", "Seattle", "WA", "98101", 47.6107, -122.3343, "America/Los_Angeles"),
    VenueContent("Lakeside Studio", "120 Wacker Drive", "Chicago", "IL", "60606", 41.8832, -87.6369, "America/Chicago"),
)

# venue, days from now (negative: it has taken place), title, capacity
WORKSHOPS = (
    (0, 12, "The Knee, Hands On", 12),
    (1, 19, "The Hip, Hands On", 10),
    (2, 26, "The Knee, Hands On", 14),
    (3, 33, "Shoulder, Neck and Jaw, Hands On", 12),
    (4, 40, "The Hip, Hands On", 8),
    (5, 47, "The Knee, Hands On", 12),
    (6, 54, "Scar Tissue, Hands On", 6),
    (7, 61, "The Knee, Hands On", 16),
    (0, 75, "Scar Tissue, Hands On", 1),
    (2, 82, "The Hip, Hands On", 12),
    (4, 96, "Shoulder, Neck and Jaw, Hands On", 10),
    (0, -20, "The Knee, Hands On, with Ethics", 12),
)

# What boards' rules take the six hours of a workshop for, by title; of any other all are technique.
WORKSHOP_CATEGORIES = {"The Knee, Hands On, with Ethics": (("technique", "4"), ("ethics", "2"))}

# Workshops whose seats are sold, by address; the others are free.
HIP_DAY, SHOULDER_DAY = "the-hip-hands-on-mobile-10", "shoulder-neck-and-jaw-hands-on-austin-12"
SOLD_WORKSHOPS = frozenset([HIP_DAY, SHOULDER_DAY])


@dataclass(frozen=True)
class PriceContent:
    amount_cents: int
    interval: str = "once"
    trial_days: int = 0
    min_quantity: int = 1


@dataclass(frozen=True)
class ProductContent:
    kind: str
    slug: str
    title: str
    summary: str
    opens: tuple[tuple[str, str, int], ...]  # kind of the subject, address, share of the price
    prices: tuple[PriceContent, ...]
    refund_policy: str
    access_days: int | None = None
    finish_note: str = ""  # with one, it is to be finished by the end of the year
    for_organizations: bool = False


COURSE_REFUNDS = "Full refund within 14 days while no certificate has been issued."
SEAT_REFUNDS = "Full refund until 14 days before the day, half until seven days before, less a fee of $10; later, the seat can be given to a colleague."

PRODUCTS = (
    ProductContent(
        "course",
        "smrt-for-the-hip",
        "SMRT for the Hip, home study",
        "The whole course with exam, certificate and captions, at your own pace.",
        (("course", HIP.slug, 100),),
        (PriceContent(4900), PriceContent(3900, min_quantity=5)),
        COURSE_REFUNDS,
        access_days=180,
        finish_note="To count for an NCBTMB cycle that ends this year.",
        for_organizations=True,
    ),
    ProductContent(
        "workshop",
        "the-hip-hands-on-in-mobile",
        "The Hip, Hands On, in Mobile",
        "One day in a small group at the Old Mill Rooms.",
        (("workshop", HIP_DAY, 100),),
        (PriceContent(18000),),
        SEAT_REFUNDS,
    ),
    ProductContent(
        "workshop",
        "shoulder-neck-and-jaw-in-austin",
        "Shoulder, Neck and Jaw, Hands On, in Austin",
        "One day in a small group at the River House.",
        (("workshop", SHOULDER_DAY, 100),),
        (PriceContent(18000),),
        SEAT_REFUNDS,
    ),
    ProductContent(
        "bundle",
        "the-hip-both-ways",
        "The Hip, both ways: home study and hands-on day",
        "Watch first, then feel it in a small group in Mobile.",
        (("course", HIP.slug, 49), ("workshop", HIP_DAY, 180)),
        (PriceContent(19900),),
        f"Home study: {COURSE_REFUNDS}\nHands-on day: {SEAT_REFUNDS}",
    ),
    ProductContent(
        "membership",
        "library",
        "Library membership",
        "Every course of the library, as long as you are a member.",
        (("library", "", 100),),
        (PriceContent(1900, "month", trial_days=14), PriceContent(19000, "year", trial_days=14)),
        "You can cancel at any time; what is paid stays open until its end. The first payment is refunded if you ask within 14 days of it.",
    ),
)

PROMOTION = ("KNEE10", 10, "For people who took the knee course.")
