"""`make fuzz`: Django is set up before anything is loaded that has tables."""

import django

if __name__ == "__main__":
    django.setup()
    from tests.fuzzing import main

    main()
