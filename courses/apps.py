from django.apps import AppConfig


class CoursesConfig(AppConfig):
    name = "courses"

    def ready(self) -> None:
        from accounts.models import Role
        from core import desk
        from courses import receivers  # noqa: F401  (connects the listeners)
        from courses.selectors.catalogue import course_title, course_titles, search_courses
        from payments import subjects

        subjects.register("course", search=search_courses, title=course_title, titles=course_titles)
        desk.register("Courses", "courses_desk:course_list", roles=(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER), group="Teaching", order=10)
